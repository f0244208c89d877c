/** Policy documents, compiled once for each different text, however many principals carry it. */
import { type CompiledPolicy, compilePolicy } from '../policy/compile.ts'
import { parsePolicy } from '../policy/parse.ts'

export interface Documents {
  compile(document: unknown): CompiledPolicy
}

export function newDocuments(): Documents {
  const byObject = new WeakMap<object, CompiledPolicy>()
  const byText = new Map<string, CompiledPolicy>()
  return {
    compile(document) {
      const isObject = typeof document === 'object' && document !== null
      const known = isObject ? byObject.get(document) : undefined
      if (known) return known
      const text = isObject ? JSON.stringify(document) : String(document)
      let policy = byText.get(text)
      if (!policy) {
        policy = compilePolicy(parsePolicy(document))
        byText.set(text, policy)
      }
      if (isObject) byObject.set(document, policy)
      return policy
    },
  }
}

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
