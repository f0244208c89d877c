/** Whose events a question is about: an access key, or a principal by ARN or name. */
import { InputError } from '../../model/errors.ts'
import { ask, IN_DAYS, plainLike, type Question, text } from './scope.ts'

export interface Who {
  /** For WHERE, with `params`. */
  filter: string
  params: Record<string, string>
  /** As people call it. */
  label: string
  kind: 'key' | 'principal'
}

const ACCESS_KEY_ID = /^(?:AKIA|ASIA)[A-Z0-9]{12,}$/i
const ARN = /^arn:[a-z-]+:(?:iam|sts)::\d{12}:(.+)$/

/**
 * @throws InputError when nothing of that name is in the events
 */
export async function whoIs(question: Question, name: string): Promise<Who> {
  if (ACCESS_KEY_ID.test(name)) {
    const key = name.toUpperCase()
    return { filter: 'access_key_id = {{who}}', params: { who: key }, label: key, kind: 'key' }
  }
  const arns = ARN.test(name) ? await principalsOf(question, name) : await principalsNamed(question, name)
  if (arns.length > 1)
    throw new InputError(`\`${name}\` is several: ${arns.slice(0, 5).join(', ')}`, { hint: 'give the ARN' })
  const [arn] = arns
  if (arn === undefined)
    throw new InputError('no such key, user or role is in the events', {
      hint: 'give an access key ID, an ARN or a name; `keyreeve trail keys` lists the keys',
    })
  return { filter: 'principal_arn = {{who}}', params: { who: arn }, label: arn, kind: 'principal' }
}

/** Sessions count as their role; its path, which their ARN does not name, is in the events. */
async function principalsOf(question: Question, arn: string): Promise<string[]> {
  const session = /^(arn:[a-z-]+):sts::(\d{12}):assumed-role\/([^/]+)(?:\/|$)/.exec(arn)
  if (!session) return [arn]
  const [, partition, account, name] = session
  const roles = `${partition}:iam::${account}:role/`
  const seen = await principalsLike(question, [`${roles}${plainLike(name!)}`, `${roles}%/${plainLike(name!)}`])
  return seen.length > 0 ? seen : [`${roles}${name}`]
}

async function principalsNamed(question: Question, name: string): Promise<string[]> {
  const plain = plainLike(name.replace(/^(?:user|role)\//, ''))
  return principalsLike(question, [`%:user/${plain}`, `%:role/${plain}`, `%:%/${plain}`])
}

async function principalsLike(question: Question, patterns: readonly string[]): Promise<string[]> {
  const isLike = patterns.map((_, i) => `principal_arn LIKE {{like${i}}} ESCAPE '\\'`).join(' OR ')
  const rows = await ask(
    question,
    `SELECT DISTINCT principal_arn FROM {{events}} WHERE ${IN_DAYS} AND (${isLike}) ORDER BY principal_arn LIMIT 20`,
    Object.fromEntries(patterns.map((pattern, i) => [`like${i}`, pattern])),
  )
  return rows.map((row) => text(row.principal_arn)!)
}
