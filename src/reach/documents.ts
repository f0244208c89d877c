/** Policy documents, read once for each different text, however many principals carry it. */
import { type CompiledPolicy, type CompiledStatement, compilePolicy, type StatementIndex } from '../policy/compile.ts'
import { type ParsedPolicy, parsePolicy } from '../policy/parse.ts'

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
  const principalTagKeys = new Set<string>()
  return {
    principalTagKeys,
    compile(document) {
      const isObject = typeof document === 'object' && document !== null
      const known = isObject ? byObject.get(document) : undefined
      if (known) return known
      const text = isObject ? JSON.stringify(document) : String(document)
      let policy = byText.get(text)
      if (!policy) {
        policy = new LazyPolicy(parsePolicy(document))
        byText.set(text, policy)
        addPrincipalTagKeys(policy.parsed, principalTagKeys)
      }
      if (isObject) byObject.set(document, policy)
      return policy
    },
  }
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
