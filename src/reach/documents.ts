/** Policy documents, read once for each different text, however many principals carry it. */
import { type CompiledPolicy, type CompiledStatement, compilePolicy, type StatementIndex } from '../policy/compile.ts'
import { isRecord, type ParsedPolicy, parsePolicy } from '../policy/parse.ts'

export interface Documents {
  compile(document: unknown): CompiledPolicy
  /** Tag keys that some document asks of the one who makes the request, in lower case. */
  readonly principalTagKeys: ReadonlySet<string>
}

/** Compiled when it is first asked about: most policies of an account have no say in most questions. */
class LazyPolicy implements CompiledPolicy {
  readonly parsed: ParsedPolicy
  #compiled: CompiledPolicy | null = null

  constructor(parsed: ParsedPolicy) {
    this.parsed = parsed
  }

  get statements(): readonly CompiledStatement[] {
    this.#compiled ??= compilePolicy(this.parsed)
    return this.#compiled.statements
  }

  get index(): StatementIndex {
    this.#compiled ??= compilePolicy(this.parsed)
    return this.#compiled.index!
  }
}

export function newDocuments(): Documents {
  const byObject = new Map<object, CompiledPolicy>()
  const byText = new Map<string, CompiledPolicy>()
  /** The only document that looks so, whose text nobody has needed yet; null: there were more, and they go by text. */
  const byLooks = new Map<string, { document: object; policy: CompiledPolicy } | null>()
  const principalTagKeys = new Set<string>()
  const read = (document: unknown): CompiledPolicy => {
    const policy = new LazyPolicy(parsePolicy(document))
    addPrincipalTagKeys(policy.parsed, principalTagKeys)
    return policy
  }
  const readByText = (text: string, document: unknown): CompiledPolicy => {
    let policy = byText.get(text)
    if (!policy) {
      policy = read(document)
      byText.set(text, policy)
    }
    return policy
  }
  const readObject = (document: object): CompiledPolicy => {
    const looks = looksOf(document)
    const alike = byLooks.get(looks)
    if (alike === undefined) {
      const policy = read(document)
      byLooks.set(looks, { document, policy })
      return policy
    }
    if (alike !== null) {
      byText.set(JSON.stringify(alike.document), alike.policy)
      byLooks.set(looks, null)
    }
    return readByText(JSON.stringify(document), document)
  }
  return {
    principalTagKeys,
    compile(document) {
      if (typeof document !== 'object' || document === null) return readByText(String(document), document)
      let policy = byObject.get(document)
      if (!policy) {
        policy = readObject(document)
        byObject.set(document, policy)
      }
      return policy
    },
  }
}

/**
 * The same for documents with the same text, and different for most others: most documents of an account are the only
 * one of their kind, and their texts together are most of what has to be written down to tell that.
 */
function looksOf(document: object): string {
  const { Version, Statement } = document as { Version?: unknown; Statement?: unknown }
  const last: unknown = Array.isArray(Statement) ? Statement.at(-1) : Statement
  if (!isRecord(last)) return ''
  const count = Array.isArray(Statement) ? Statement.length : 1
  return `${count} ${looksOfList(Version)} ${looksOfList(last.Sid)} ${looksOfList(last.Action)} ${looksOfList(last.Resource)}`
}

function looksOfList(value: unknown): string {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return ''
  const last: unknown = value.at(-1)
  return typeof last === 'string' ? `${value.length} ${last}` : ''
}

/** A look at every policy of an account: it allocates nothing for those that ask for no tag. */
function addPrincipalTagKeys({ statements }: ParsedPolicy, keys: Set<string>): void {
  for (let i = 0; i < statements.length; i++) {
    const { conditions, resource, notResource } = statements[i]!
    for (let k = 0; k < conditions.length; k++) {
      const { key } = conditions[k]!
      if (PRINCIPAL_TAG.test(key)) keys.add(key.slice(PREFIX.length).toLowerCase())
    }
    for (let k = 0; k < conditions.length; k++) addKeysOfVariables(conditions[k]!.values, keys)
    if (resource !== null) addKeysOfVariables(resource, keys)
    if (notResource !== null) addKeysOfVariables(notResource, keys)
  }
}

function addKeysOfVariables(texts: readonly string[], keys: Set<string>): void {
  for (let i = 0; i < texts.length; i++)
    if (texts[i]!.includes('${'))
      for (const [, key] of texts[i]!.matchAll(/\$\{\s*aws:principaltag\/([^\s},]+)/gi)) keys.add(key!.toLowerCase())
}

const PREFIX = 'aws:PrincipalTag/'
const PRINCIPAL_TAG = /^aws:principaltag\//i

/**
 * Policies of AWS whose document is known without reading it; their ARN can't be taken by anyone else.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html
 */
const KNOWN: Record<string, unknown> = {
  AdministratorAccess: allowing('*'),
  FullAWSAccess: allowing('*'),
}

function allowing(Action: string) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] }
}

/** The document of a policy that AWS owns, by its ARN; undefined: not known. */
export function knownDocument(arn: string): unknown {
  const name = /^arn:aws[a-z-]*:iam::aws:policy\/(\w+)$/.exec(arn)?.[1]
  return name !== undefined && Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined
}
