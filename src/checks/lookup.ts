/** Finds things of a snapshot by name or ARN, and parses each policy document once. */
import type { Group, InlinePolicy, ManagedPolicy, Role, Snapshot, User } from '../model/snapshot.ts'
import type { ParsedPolicy } from '../policy/parse.ts'
import { type Documents, newDocuments } from '../reach/documents.ts'

/** A policy that applies to a principal, and the way it got there. */
export interface AppliedPolicy {
  /** ARN of a managed policy; null for an inline one. */
  arn: string | null
  policyName: string
  kind: 'managed' | 'inline'
  /** The group it comes through; null: attached to, or embedded in, the principal itself. */
  throughGroup: string | null
  /** null: the snapshot does not hold the document, so what it grants is not known. */
  policy: ParsedPolicy | null
}

export interface Lookup {
  user(userName: string): User | undefined
  group(groupName: string): Group | undefined
  managedPolicy(arn: string): ManagedPolicy | undefined
  /** The default version, parsed; null when the document is not in the snapshot. */
  document(policyArn: string): ParsedPolicy | null
  /** An inline policy's document, parsed. */
  inline(policy: InlinePolicy): ParsedPolicy
  /** Who has a managed policy attached. */
  attachedTo(policyArn: string): readonly (User | Group | Role)[]
  /** A role's trust policy, parsed. */
  trust(role: Role): ParsedPolicy
  /** Everything that grants a principal something: inline, attached, and for users through groups. */
  policiesOf(principal: User | Role | Group): AppliedPolicy[]
}

/** @param documents where documents that were read before are found */
export function lookupOf(snapshot: Snapshot, documents: Documents = newDocuments()): Lookup {
  const users = lazy(() => new Map(snapshot.users.map((user) => [user.userName, user])))
  const groups = lazy(() => new Map(snapshot.groups.map((group) => [group.groupName, group])))
  const policies = lazy(() => new Map(snapshot.policies.map((policy) => [policy.arn, policy])))
  const attachments = lazy(() => {
    const holders = new Map<string, (User | Group | Role)[]>()
    for (const kind of [snapshot.users, snapshot.groups, snapshot.roles])
      for (const principal of kind)
        for (const { policyArn } of principal.attachedPolicies) {
          const list = holders.get(policyArn)
          if (list) list.push(principal)
          else holders.set(policyArn, [principal])
        }
    return holders
  })
  const parse = (document: unknown): ParsedPolicy => documents.compile(document).parsed
  const byArn = new Map<string, ParsedPolicy | null>()
  const document = (arn: string): ParsedPolicy | null => {
    let policy = byArn.get(arn)
    if (policy === undefined) {
      const version = policies()
        .get(arn)
        ?.versions.find(({ isDefaultVersion }) => isDefaultVersion)
      policy = version ? parse(version.document) : null
      byArn.set(arn, policy)
    }
    return policy
  }
  const ownPolicies = (principal: User | Role | Group, throughGroup: string | null): AppliedPolicy[] => [
    ...principal.inlinePolicies.map(({ policyName, policyDocument }) => ({
      arn: null,
      policyName,
      kind: 'inline' as const,
      throughGroup,
      policy: parse(policyDocument),
    })),
    ...principal.attachedPolicies.map(({ policyName, policyArn }) => ({
      arn: policyArn,
      policyName,
      kind: 'managed' as const,
      throughGroup,
      policy: document(policyArn),
    })),
  ]
  const applied = new Map<object, AppliedPolicy[]>()
  return {
    user: (name) => users().get(name),
    group: (name) => groups().get(name),
    managedPolicy: (arn) => policies().get(arn),
    document,
    inline: ({ policyDocument }) => parse(policyDocument),
    attachedTo: (arn) => attachments().get(arn) ?? [],
    trust: (role) => parse(role.trustPolicy),
    policiesOf(principal) {
      let list = applied.get(principal)
      if (!list) {
        list = ownPolicies(principal, null)
        if ('groups' in principal)
          for (const name of principal.groups) {
            const group = groups().get(name)
            if (group) list.push(...ownPolicies(group, name))
          }
        applied.set(principal, list)
      }
      return list
    },
  }
}

function lazy<T>(make: () => T): () => T {
  let value: T | undefined
  return () => {
    value ??= make()
    return value
  }
}
