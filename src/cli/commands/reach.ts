import { Command, InvalidArgumentError } from 'commander'
import { KeyreeveError } from '../../model/errors.ts'
import type { Snapshot } from '../../model/snapshot.ts'
import type { Estate, EstatePrincipal } from '../../reach/estate.ts'
import { type AccountDataFlags, addAccountDataOptions, readAccounts } from '../account-data.ts'
import { EXIT } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { addOutputOptions } from '../output-options.ts'
import { type Output, writeOutput } from '../outputs.ts'
import { terminalFor } from '../terminal.ts'

const ANSWER_FORMATS = ['text', 'json'] as const
const PATH_FORMATS = ['text', 'json', 'mermaid', 'graphviz'] as const

export function reachCommand(): Command {
  return new Command('reach')
    .summary('who can do what, and who can become whom')
    .description(
      'Says what principals can really do: after group policies, permissions boundaries, organization policies, Deny and conditions.',
    )
    .addCommand(canCommand())
    .addCommand(whoCanCommand())
    .addCommand(pathsCommand())
    .addHelpText('after', EXAMPLES)
}

function canCommand(): Command {
  const command = new Command('can')
    .summary('what one principal may do')
    .description('Whether a principal may do an action on a resource; without an action, a summary of all it may do.')
    .argument('<principal>', 'ARN, name, or access key ID')
    .argument('[action]', 's3:GetObject')
    .argument('[resource]', 'ARN; without one: on any')
  addAccountDataOptions(command)
  const outputs = addOutputOptions(command, ANSWER_FORMATS, 'text')
  return command
    .exitOverride()
    .action(async (who: string, action: string | undefined, resource: string | undefined, flags: AccountDataFlags) => {
      const wanted = outputs()
      if (action !== undefined) await checkAction(action)
      if (action !== undefined && resource !== undefined) await checkResource(action, resource)
      const { estate } = await open(flags)
      const found = await principalsNamed(estate, who)
      const [{ canDo, summaryOf }, report] = await Promise.all([
        import('../../reach/can.ts'),
        import('../../report/reach.ts'),
      ])
      if (action === undefined) {
        const summaries = found.map(summaryOf)
        await write(wanted, ({ format, file }) =>
          format === 'json'
            ? report.reachJson(one(summaries), estate)
            : [report.summaryText(summaries, estate, terminalFor(file))],
        )
      } else {
        const answers = found.map((principal) => canDo(estate, principal, action, resource ?? null))
        await write(wanted, ({ format, file }) =>
          format === 'json'
            ? report.reachJson(one(answers), estate)
            : [report.canText(answers, estate, terminalFor(file))],
        )
      }
    })
}

/** One answer as it is; several, where a name is in several accounts, as a list. */
function one(answers: readonly object[]): object {
  return answers.length === 1 ? answers[0]! : { answers }
}

function whoCanCommand(): Command {
  const command = new Command('who-can')
    .summary('which principals may do something')
    .description('Lists the users and roles that may do an action, those under conditions included.')
    .argument('<action>', 's3:GetObject')
    .argument('[resource]', 'ARN; without one: on any')
  addAccountDataOptions(command)
  const outputs = addOutputOptions(command, ANSWER_FORMATS, 'text')
  return command
    .exitOverride()
    .action(async (action: string, resource: string | undefined, flags: AccountDataFlags) => {
      const wanted = outputs()
      await checkAction(action)
      if (resource !== undefined) await checkResource(action, resource)
      const { estate } = await open(flags)
      const [{ whoCan }, report] = await Promise.all([
        import('../../reach/who-can.ts'),
        import('../../report/reach.ts'),
      ])
      const answer = whoCan(estate, action, resource ?? null)
      await write(wanted, ({ format, file }) =>
        format === 'json' ? report.reachJson(answer, estate) : [report.whoCanText(answer, estate, terminalFor(file))],
      )
    })
}

interface PathsFlags extends AccountDataFlags {
  from?: string
  to: string
  cut: boolean
  cutTime: number
  verbose?: boolean
}

function pathsCommand(): Command {
  const command = new Command('paths')
    .summary('how principals can become administrator, or another principal')
    .description(
      'Lists the shortest paths by which one principal can get the rights of another, and the fewest statements to remove so that none is left.',
    )
    .option('--from <principal>', 'only from this one: ARN, name, or access key ID')
    .option('--to <target>', '`admin`, or a principal', 'admin')
    .option('--no-cut', 'without the cheapest cut')
    .option('--cut-time <seconds>', 'how long to look for the cheapest cut', secondsOf, 30)
    .option('-v, --verbose', 'all paths, also where there are many')
  addAccountDataOptions(command)
  const outputs = addOutputOptions(command, PATH_FORMATS, 'text')
  return command.exitOverride().action(async (flags: PathsFlags) => {
    const wanted = outputs()
    const { estate, snapshots } = await open(flags)
    tellIncomplete(snapshots)
    const from = flags.from === undefined ? null : await principalsNamed(estate, flags.from)
    const [{ buildGraph }, { pathsAnswer }, { cheapestCut }, report] = await Promise.all([
      import('../../reach/graph.ts'),
      import('../../reach/paths.ts'),
      import('../../reach/cut.ts'),
      import('../../report/reach.ts'),
    ])
    const to = flags.to === 'admin' ? ('admin' as const) : await onlyOne(estate, flags.to)
    const asked = { from: from?.map(({ arn }) => arn) ?? null, to: to === 'admin' ? to : to.arn }
    const graph = buildGraph(estate)
    const found = pathsAnswer(graph, { from, to })
    const withCut = flags.cut && from === null && to === 'admin'
    const answer = {
      ...found,
      ...(withCut ? cheapestCut(snapshots, graph, within(flags.cutTime)) : { cut: [], cutIs: 'none' as const }),
    }
    await write(wanted, ({ format, file }) => {
      if (format === 'json') return report.pathsJson(answer, estate)
      if (format === 'mermaid') return report.pathsMermaid(answer)
      if (format === 'graphviz') return report.pathsGraphviz(answer)
      return [report.pathsText(answer, asked, estate, { ...terminalFor(file), verbose: flags.verbose ?? false })]
    })
  })
}

/** Ways lead through everything that was collected, not only through users, roles and policies. */
function tellIncomplete(snapshots: readonly Snapshot[]): void {
  for (const { accountId } of snapshots.filter(({ complete }) => !complete)) {
    process.stderr.write(`account ${accountId} was not read whole: there may be more ways than these\n`)
    process.exitCode = EXIT.incomplete
  }
}

/** Whether there is time left, counted from now. */
function within(seconds: number): () => boolean {
  const end = Date.now() + seconds * 1000
  return () => Date.now() < end
}

function secondsOf(text: string): number {
  const seconds = Number(text)
  if (text.trim() === '' || !(seconds >= 0 && seconds <= 86_400))
    throw new InvalidArgumentError('\nGive a number of seconds, at most 86400.')
  return seconds
}

async function write<Format extends string>(
  wanted: Output<Format>[],
  render: (output: Output<Format>) => Iterable<string>,
): Promise<void> {
  for (const output of wanted) {
    await writeOutput(output.file, render(output))
    if (output.file !== null) process.stderr.write(`wrote ${output.file}\n`)
  }
}

async function open(flags: AccountDataFlags) {
  const { snapshots, notes } = await readAccounts(flags)
  for (const note of notes) process.stderr.write(`note: ${note}\n`)
  const [{ openEstate }, { knowledgeOf }] = await Promise.all([
    import('../../reach/estate.ts'),
    import('../../model/facts.ts'),
  ])
  for (const snapshot of snapshots) {
    const needed = (['users', 'groups', 'roles', 'policies'] as const).map((fact) => knowledgeOf(fact, snapshot))
    if (needed.some(({ known }) => known === 'none'))
      throw new KeyreeveError('input', `who may do what in account ${snapshot.accountId} was not read`, {
        hint: [...new Set(needed.flatMap(({ gaps }) => gaps))].join('; '),
      })
    if (needed.some(({ known }) => known === 'part')) {
      process.stderr.write(
        `account ${snapshot.accountId} was read in part: ${[...new Set(needed.flatMap(({ gaps }) => gaps))].join('; ')}\n`,
      )
      process.exitCode = EXIT.incomplete
    }
  }
  return { snapshots, estate: openEstate(snapshots) }
}

/** Whatever was typed is repeated only where it can be no secret. */
async function principalsNamed(estate: Estate, text: string): Promise<EstatePrincipal[]> {
  const { findPrincipals } = await import('../../reach/estate.ts')
  const found = findPrincipals(estate, text)
  if (found.length > 0) return found
  const accounts = [...estate.accounts.keys()].join(', ')
  const close = nearest(
    text,
    estate.principals.map(({ name }) => name),
  )
  throw new KeyreeveError('input', `no such user, role or access key in account ${accounts}`, {
    hint: close ? `did you mean \`${close}\`?` : 'give an ARN, a name, or an access key ID',
  })
}

async function onlyOne(estate: Estate, text: string): Promise<EstatePrincipal> {
  const [first, ...more] = await principalsNamed(estate, text)
  if (more.length > 0)
    throw new KeyreeveError('usage', `\`${text}\` is several: ${[first!, ...more].map(({ arn }) => arn).join(', ')}`, {
      hint: 'give the ARN',
    })
  return first!
}

async function checkAction(action: string): Promise<void> {
  if (!/^[a-z0-9-]+:[a-z0-9]+$/i.test(action))
    throw new KeyreeveError('usage', 'that is no action', { hint: 'an action is a service and a name: s3:GetObject' })
  const { actionNamed, actionsOf } = await import('../../policy/actions/actions.ts')
  if (actionNamed(action)) return
  const [service] = action.split(':') as [string]
  const close = nearest(
    action,
    actionsOf(service).map(({ name }) => name),
  )
  process.stderr.write(`note: AWS is not known to have an action ${action}${close ? `; did you mean ${close}?` : ''}\n`)
}

const EXAMPLES = `
Examples:
  keyreeve reach can ci-deploy --profile prod
  keyreeve reach can AKIAIOSFODNN7EXAMPLE s3:GetObject arn:aws:s3:::orders/2026.csv --snapshot export.json
  keyreeve reach who-can iam:PassRole --snapshot export.json
  keyreeve reach paths --snapshot export.json
  keyreeve reach paths --from ci-deploy --to admin --format mermaid --snapshot export.json`

/** A resource of a kind that AWS never asks about for the action gets an answer that is right, and of no use. */
async function checkResource(action: string, resource: string): Promise<void> {
  if (resource !== '*' && !resource.startsWith('arn:'))
    throw new KeyreeveError('usage', 'that is no resource', {
      hint: 'a resource is an ARN: arn:aws:s3:::bucket/key; without one, the answer is for any',
    })
  const [{ actionNamed }, { matchesWildcard }] = await Promise.all([
    import('../../policy/actions/actions.ts'),
    import('../../policy/match.ts'),
  ])
  const types = actionNamed(action)?.resourceTypes ?? []
  if (resource === '*' || types.length === 0 || types.some(({ arn }) => matchesWildcard(arn, resource))) return
  const wanted = types.map(({ arn }) => arn).join(', ')
  process.stderr.write(`note: ${action} is about other resources: ${wanted}\n`)
}
