/** The subjects of findings, made the same way by every check. */
import type { Dossier } from '../model/dossier.ts'
import type { Subject } from '../model/finding.ts'
import type { Group, ManagedPolicy, Role, Snapshot, User } from '../model/snapshot.ts'

/** An access key: its ID, and the user whose it is. */
export function keySubject({ subjectId, owner }: Dossier): Subject {
  return { kind: 'access-key', id: subjectId, arn: owner.arn, name: owner.name }
}

export function rootSubject({ root }: Snapshot): Subject {
  return { kind: 'root', id: root.arn, arn: root.arn, name: '<root_account>' }
}

export function userSubject({ arn, userName }: User): Subject {
  return { kind: 'user', id: arn, arn, name: userName }
}

export function groupSubject({ arn, groupName }: Group): Subject {
  return { kind: 'group', id: arn, arn, name: groupName }
}

export function roleSubject({ arn, roleName }: Role): Subject {
  return { kind: 'role', id: arn, arn, name: roleName }
}

export function policySubject({ arn, policyName }: ManagedPolicy): Subject {
  return { kind: 'policy', id: arn, arn, name: policyName }
}

export function accountSubject({ accountId, alias }: Snapshot): Subject {
  return { kind: 'account', id: accountId, arn: null, name: alias }
}

/** A credential that has an ID and no ARN, with the user whose it is. */
export function credentialSubject(id: string, userName: string): Subject {
  return { kind: 'credential', id, arn: null, name: userName }
}
