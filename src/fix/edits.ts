/** Changes of policy documents, put together to one step for each document. */
import { counted } from '../model/numbers.ts'
import type { Fact, Operation, Step } from '../model/plan.ts'
import { documentDigest } from './digest.ts'
import { ABSENT, factOf, versionsText } from './facts.ts'
import { type Edit, type Lookup, listed, type Place, type PolicyObject, stepOf } from './kind.ts'

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, in characters without white space */
const SIZES = { managed: 6144, trust: 2048, user: 2048, group: 5120, role: 10_240 } as const
const VERSIONS = 5

/** Tells places apart; part of the step's ID. */
export function placeId(place: Place): string {
  switch (place.kind) {
    case 'managed':
      return place.policyArn
    case 'inline':
      return `${place.holder}/${place.name}/${place.policyName}`
    case 'trust':
      return place.roleName
  }
}

/** The step that makes all changes of one document, behind one that makes room for it; or why there is none. */
export function changeSteps(edits: readonly Edit[], lookup: Lookup): Step[] | { cannot: string } {
  const { place } = edits[0]!
  const old = oldDocument(place, lookup)
  if (typeof old === 'string') return { cannot: old }
  const inOrder = [...edits].sort((a, b) => (a.key < b.key ? -1 : 1))
  const changed = inOrder.reduce((document, edit) => edit.apply(document), old.document)
  if (documentDigest(changed) === old.digest) return { cannot: 'its document says so already' }
  const text = JSON.stringify(changed)
  const tooLong = sizeProblem(place, text, lookup)
  if (tooLong) return { cannot: tooLong }
  const { operations, undo, facts, others } = writing(place, text, old, lookup)
  const what = inOrder.map((edit) => edit.what).join('; ')
  const now = (digest: string) => documentFact(place, digest)
  const room = place.kind === 'managed' && old.dropped ? [dropVersion(place.policyArn, old.dropped, lookup)] : []
  const change = stepOf({
    id: `${place.kind === 'trust' ? 'change-trust' : 'change-policy'}:${placeId(place)}`,
    kind: place.kind === 'trust' ? 'change-trust' : 'change-policy',
    subject: subjectAt(place, lookup),
    change: `Change ${called(place)}: ${what}${old.dropped ? `; its oldest version ${old.dropped} goes for good, as AWS keeps ${VERSIONS}` : ''}`,
    operations,
    replaces: old.text,
    reliesOn: [now(old.digest), ...facts, ...unique(inOrder.flatMap(({ reliesOn }) => reliesOn))],
    mayBreak: unique([...inOrder.flatMap(({ mayBreak }) => mayBreak), ...others]),
    verify: [now(documentDigest(changed))],
    undo: { operations: undo, verify: [now(old.digest)] },
    waitsFor: room.map(({ id }) => ({ step: id, days: 0 })),
  })
  return [...room, change]
}

/** A step of its own: it cannot be taken back, and the change that it makes room for can. */
function dropVersion(PolicyArn: string, versionId: string, lookup: Lookup): Step {
  const place = { kind: 'managed' as const, policyArn: PolicyArn }
  const { versions } = lookup.policy(PolicyArn)!
  const of = { policyArn: PolicyArn }
  return stepOf({
    id: `drop-policy-version:${PolicyArn}/${versionId}`,
    kind: 'drop-policy-version',
    subject: subjectAt(place, lookup),
    change: `Delete the oldest version ${versionId} of the policy ${subjectAt(place, lookup).name}, as AWS keeps ${VERSIONS}`,
    operations: [{ call: 'iam:DeletePolicyVersion', input: { PolicyArn, VersionId: versionId } }],
    reliesOn: [factOf('policy-versions', of, versionsText(versions))],
    mayBreak: [{ who: `whoever would go back to ${versionId}`, evidence: 'it is not the version in force' }],
    verify: [factOf('policy-version', { ...of, versionId }, ABSENT)],
  })
}

interface Old {
  document: PolicyObject
  digest: string
  /** As it is put back. */
  text: string
  /** Of a managed policy that has as many versions as AWS keeps: the one that makes room. */
  dropped: string | null
}

/** The document as it is, or why it cannot be changed. */
export function oldDocument(place: Place, lookup: Lookup): Old | string {
  const raw = rawAt(place, lookup)
  if ('cannot' in raw) return raw.cannot
  const document = asObject(raw.document)
  if (!document) return 'its document is not understood'
  const text = typeof raw.document === 'string' ? raw.document : JSON.stringify(raw.document)
  return { document, digest: documentDigest(raw.document), text, dropped: raw.dropped ?? null }
}

function rawAt(place: Place, lookup: Lookup): { document: unknown; dropped?: string | null } | { cannot: string } {
  if (place.kind === 'managed') {
    const policy = lookup.policy(place.policyArn)
    const standard = policy?.versions.find(({ isDefaultVersion }) => isDefaultVersion)
    if (!policy || !standard) return { cannot: 'its document was not read' }
    if (policy.awsManaged) return { cannot: 'AWS keeps this policy' }
    if (policy.attachmentCount === null) return { cannot: 'how often it is attached was not read' }
    const spare = policy.versions
      .filter(({ isDefaultVersion }) => !isDefaultVersion)
      .sort((a, b) => versionNumber(a.versionId) - versionNumber(b.versionId))
    const dropped = policy.versions.length >= VERSIONS ? spare[0]!.versionId : null
    return { document: standard.document, dropped }
  }
  if (place.kind === 'trust') {
    const role = lookup.roleNamed(place.roleName)
    if (!role) return { cannot: 'the role is not in the snapshot' }
    return keptByAws(role) ?? { document: role.trustPolicy }
  }
  const holder = holderOf(place, lookup)
  const inline = holder?.inlinePolicies.find(({ policyName }) => policyName === place.policyName)
  if (!holder || !inline) return { cannot: 'the policy is not in the snapshot' }
  return ('roleName' in holder ? keptByAws(holder) : null) ?? { document: inline.policyDocument }
}

function holderOf({ holder, name }: Place & { kind: 'inline' }, lookup: Lookup) {
  if (holder === 'user') return lookup.userNamed(name)
  return holder === 'role' ? lookup.roleNamed(name) : lookup.group(name)
}

function keptByAws({ path, roleName }: { path: string; roleName: string }): { cannot: string } | null {
  return /^\/aws-(service-role|reserved)\//.test(path) || roleName.startsWith('AWSReservedSSO_')
    ? { cannot: 'a service or IAM Identity Center keeps this role: change it there' }
    : null
}

function versionNumber(versionId: string): number {
  return Number(versionId.slice(1))
}

function asObject(value: unknown): PolicyObject | null {
  let document = value
  if (typeof value === 'string')
    try {
      document = JSON.parse(value)
    } catch {
      return null
    }
  if (!isRecord(document)) return null
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement]
  return statements.every(isRecord) ? { ...document, Statement: statements } : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const sizeOf = (text: string): number => text.replace(/\s/g, '').length

function sizeProblem(place: Place, text: string, lookup: Lookup): string | null {
  const [limit, more] =
    place.kind === 'inline'
      ? [SIZES[place.holder], otherInline(place, lookup)]
      : [place.kind === 'trust' ? SIZES.trust : SIZES.managed, 0]
  const size = sizeOf(text) + more
  return size > limit ? `the new document would have ${size} characters, and AWS takes ${limit}` : null
}

/** All inline policies of one holder share its limit. */
function otherInline(place: Place & { kind: 'inline' }, lookup: Lookup): number {
  return (holderOf(place, lookup)?.inlinePolicies ?? [])
    .filter(({ policyName }) => policyName !== place.policyName)
    .reduce((sum, { policyDocument }) => sum + sizeOf(JSON.stringify(policyDocument)), 0)
}

interface Writing {
  operations: Operation[]
  undo: Operation[]
  facts: Fact[]
  /** Who else is changed by it. */
  others: Step['mayBreak']
}

function writing(place: Place, text: string, old: Old, lookup: Lookup): Writing {
  if (place.kind === 'managed') return newVersion(place.policyArn, text, old, lookup)
  if (place.kind === 'trust') {
    const put = (PolicyDocument: string): Operation => ({
      call: 'iam:UpdateAssumeRolePolicy',
      input: { RoleName: place.roleName, PolicyDocument },
    })
    return { operations: [put(text)], undo: [put(old.text)], facts: [], others: [] }
  }
  const { call, name } = INLINE[place.holder]
  const put = (PolicyDocument: string): Operation => ({
    call,
    input: { [name]: place.name, PolicyName: place.policyName, PolicyDocument },
  })
  const members = place.holder === 'group' ? lookup.membersOf(place.name).map(({ userName }) => userName) : []
  return {
    operations: [put(text)],
    undo: [put(old.text)],
    facts: [],
    others:
      members.length > 0
        ? [{ who: `the members of ${place.name}: ${listed(members)}`, evidence: 'the policy is their group’s' }]
        : [],
  }
}

/** The old version stays, and is the way back. */
function newVersion(PolicyArn: string, PolicyDocument: string, { dropped }: Old, lookup: Lookup): Writing {
  const policy = lookup.policy(PolicyArn)!
  const { defaultVersionId, attachmentCount, permissionsBoundaryUsageCount } = policy
  const bounds = permissionsBoundaryUsageCount ?? 0
  const holders = lookup.holdersOf(PolicyArn)
  const of = { policyArn: PolicyArn }
  return {
    operations: [{ call: 'iam:CreatePolicyVersion', input: { PolicyArn, PolicyDocument, SetAsDefault: true } }],
    undo: [{ call: 'iam:SetDefaultPolicyVersion', input: { PolicyArn, VersionId: defaultVersionId } }],
    facts: [
      factOf('policy-versions', of, versionsText(policy.versions.filter(({ versionId }) => versionId !== dropped))),
      factOf('policy-attachments', of, String((attachmentCount ?? 0) + bounds)),
    ],
    others: [
      ...(holders.length > 0
        ? [{ who: `all who have the policy: ${listed(holders)}`, evidence: `it is attached to ${holders.length}` }]
        : []),
      ...(bounds > 0
        ? [
            {
              who: counted(bounds, 'user or role', 'users and roles'),
              evidence: 'it is their permissions boundary, too',
            },
          ]
        : []),
    ],
  }
}

const INLINE = {
  user: { call: 'iam:PutUserPolicy', name: 'UserName' },
  group: { call: 'iam:PutGroupPolicy', name: 'GroupName' },
  role: { call: 'iam:PutRolePolicy', name: 'RoleName' },
} as const

function documentFact(place: Place, digest: string): Fact {
  switch (place.kind) {
    case 'managed':
      return factOf('policy-document', { policyArn: place.policyArn }, digest)
    case 'trust':
      return factOf('role-trust', { roleName: place.roleName }, digest)
    case 'inline': {
      const { name, policyName } = place
      if (place.holder === 'user') return factOf('user-inline-policy', { userName: name, policyName }, digest)
      return place.holder === 'role'
        ? factOf('role-inline-policy', { roleName: name, policyName }, digest)
        : factOf('group-inline-policy', { groupName: name, policyName }, digest)
    }
  }
}

function subjectAt(place: Place, lookup: Lookup): Step['subject'] {
  if (place.kind === 'managed') {
    const { policyArn } = place
    return { kind: 'policy', id: policyArn, arn: policyArn, name: policyArn.slice(policyArn.lastIndexOf('/') + 1) }
  }
  const name = place.kind === 'trust' ? place.roleName : place.name
  const holder = place.kind === 'trust' ? lookup.roleNamed(name) : holderOf(place, lookup)
  const arn = holder?.arn ?? null
  return { kind: place.kind === 'trust' ? 'role' : place.holder, id: arn ?? name, arn, name }
}

function called(place: Place): string {
  switch (place.kind) {
    case 'managed':
      return `the policy ${place.policyArn.slice(place.policyArn.lastIndexOf('/') + 1)}`
    case 'trust':
      return `the trust policy of the role ${place.roleName}`
    case 'inline':
      return `the inline policy ${place.policyName} of the ${place.holder} ${place.name}`
  }
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
}
