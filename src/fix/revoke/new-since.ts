/** What is new in an account by its dates, whoever made it: the second look, where no event tells. */
import type { Made } from '../../model/incident.ts'
import type { Snapshot } from '../../model/snapshot.ts'

/** @param since ISO 8601 @param own names of what this very incident made, which is no news */
export function newSince(snapshot: Snapshot, since: string): Made[] {
  const from = Date.parse(since)
  const found: Made[] = []
  const add = (what: string, name: string, date: string | null, action: string | null = null) => {
    if (date !== null && Date.parse(date) >= from) found.push({ what, name, action, at: date, by: null, source: 'iam' })
  }
  for (const { arn, createDate, password } of snapshot.users) {
    add('user', arn, createDate)
    add('password', arn, password?.lastChanged ?? null)
  }
  for (const { arn, createDate } of snapshot.groups) add('group', arn, createDate)
  for (const { arn, createDate } of snapshot.roles) add('role', arn, createDate)
  for (const { arn, awsManaged, createDate, versions } of snapshot.policies) {
    if (awsManaged) continue
    add('policy', arn, createDate)
    for (const version of versions)
      if (version.createDate !== createDate) add('policy', `${arn} ${version.versionId}`, version.createDate)
  }
  for (const { accessKeyId, userArn, createDate } of snapshot.accessKeys)
    add('access-key', accessKeyId ?? `a key of ${userArn}`, createDate)
  for (const { serialNumber, enableDate } of snapshot.mfaDevices) add('mfa-device', serialNumber, enableDate)
  for (const { arn, createDate } of [...snapshot.samlProviders, ...snapshot.oidcProviders])
    add('provider', arn, createDate)
  for (const { serviceSpecificCredentialId, userName, createDate } of snapshot.serviceSpecificCredentials)
    add('credential', `${serviceSpecificCredentialId} of ${userName}`, createDate)
  for (const { sshPublicKeyId, userName, uploadDate } of snapshot.sshPublicKeys)
    add('credential', `${sshPublicKeyId} of ${userName}`, uploadDate)
  for (const { arn, launchTime } of snapshot.instances) add('instance', arn, launchTime)
  return found.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.name < b.name ? -1 : 1))
}
