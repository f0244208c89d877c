// How long does one decision take, with everything that may apply to it, once the policies are compiled?
//   npm run build && node bench/policy.mjs
// Each kind of decision is timed in batches of 100, so that the clock is not what is measured; the median and the
// 99th percentile are of those batches.
import { importDist, table } from './measure.mjs'

const { compilePolicy, evaluate, parsePolicy, principalOf } = await importDist('policy/index.js')

const A = '111122223333'
const BATCH = 100
const BATCHES = 1000

const policy = (name, ...Statement) => ({
  name,
  policy: compilePolicy(parsePolicy({ Version: '2012-10-17', Statement })),
})
const allow = (Action, Resource, Condition) => ({ Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) })
const deny = (Action, Resource, Condition) => ({ ...allow(Action, Resource, Condition), Effect: 'Deny' })
const full = policy('FullAWSAccess', allow('*', '*'))

// 41 statements, 160 patterns
const reader = policy(
  'reader',
  ...Array.from({ length: 40 }, (_, i) =>
    allow([`svc${i}:Get*`, `svc${i}:List*`, `svc${i}:Describe*`, `svc${i}:BatchGet*`], `arn:aws:svc${i}:*`),
  ),
  allow(['s3:GetObject*', 's3:List*'], ['arn:aws:s3:::logs', 'arn:aws:s3:::logs/*']),
)
const crowd = policy(
  'crowd',
  ...Array.from({ length: 40 }, (_, i) => allow('s3:Get*', [`arn:aws:s3:::app-${i}/*`, '*'])),
)
const developer = policy(
  'developer',
  allow(['s3:*'], ['arn:aws:s3:::app-*', 'arn:aws:s3:::app-*/*']),
  allow(['ec2:Describe*', 'ec2:RunInstances', 'ec2:StartInstances'], '*'),
  allow(['iam:PassRole'], [`arn:aws:iam::${A}:role/app/*`], {
    StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' },
  }),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  allow(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::homes/${aws:username}/*'),
  deny(['s3:Delete*'], '*', { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } }),
)
const boundary = policy('boundary', allow(['s3:*', 'ec2:*', 'iam:PassRole', 'kms:*', 'sts:*'], '*'))
const regions = policy('regions', {
  Effect: 'Deny',
  NotAction: ['iam:*', 'sts:*', 's3:*'],
  Resource: '*',
  Condition: { StringNotEquals: { 'aws:RequestedRegion': ['eu-west-1', 'eu-central-1'] } },
})
const perimeter = policy('perimeter', {
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: '*',
  Condition: {
    StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1' },
    BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
  },
})
const bucket = policy('bucket', {
  Effect: 'Allow',
  Principal: { AWS: [`arn:aws:iam::${A}:role/app`, '444455556666'] },
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::shared/*',
})
const levels = (...policies) => policies.map((input, i) => ({ level: String(i), policies: [full, input] }))
const policies = {
  identity: [reader, developer],
  boundary: [boundary],
  session: null,
  scps: levels(regions, full, regions),
  rcps: [{ level: 'root', policies: [perimeter] }],
  resource: null,
  endpoint: null,
}
const bare = { ...policies, boundary: null, scps: [], rcps: [] }
const request = (action, resource, principal = `arn:aws:iam::${A}:user/ana`, context = {}) => ({
  principal: principalOf(principal),
  action,
  resource,
  resourceAccount: A,
  context: { 'aws:RequestedRegion': 'eu-west-1', 'aws:PrincipalOrgID': 'o-1', ...context },
  contextIs: 'closed',
})
const KINDS = {
  'identity policies only, allowed': [request('s3:GetObject', 'arn:aws:s3:::app-1/x'), bare],
  'identity policies only, denied': [request('rds:DeleteDBInstance', `arn:aws:rds:eu-west-1:${A}:db:x`), bare],
  '40 statements that all apply': [request('s3:GetObject', 'arn:aws:s3:::x/y'), { ...bare, identity: [crowd] }],
  'with boundary, 3 levels of SCPs, RCP, allowed': [request('s3:GetObject', 'arn:aws:s3:::app-1/x'), policies],
  'a policy variable': [request('s3:PutObject', 'arn:aws:s3:::homes/ana/x'), policies],
  'a condition': [
    request('iam:PassRole', `arn:aws:iam::${A}:role/app/x`, undefined, { 'iam:PassedToService': 'ec2.amazonaws.com' }),
    policies,
  ],
  'a Deny with a condition': [request('s3:DeleteObject', 'arn:aws:s3:::app-1/x'), policies],
  'denied by the region': [
    request('ec2:RunInstances', `arn:aws:ec2:us-east-1:${A}:instance/*`, undefined, {
      'aws:RequestedRegion': 'us-east-1',
    }),
    policies,
  ],
  'a bucket policy, by role session': [
    request('s3:GetObject', 'arn:aws:s3:::shared/x', `arn:aws:sts::${A}:assumed-role/app/s`),
    { ...policies, resource: bucket },
  ],
  'conditional on an unknown key': [
    { ...request('s3:DeleteObject', 'arn:aws:s3:::app-1/x'), contextIs: 'open' },
    policies,
  ],
}

function time([question, input]) {
  const times = []
  for (let i = 0; i < BATCHES; i++) {
    const started = process.hrtime.bigint()
    for (let j = 0; j < BATCH; j++) evaluate(question, input)
    times.push(Number(process.hrtime.bigint() - started) / BATCH / 1000)
  }
  return times
}

for (const kind of Object.values(KINDS)) time(kind).length // warm
const all = []
const rows = Object.entries(KINDS).map(([name, kind]) => {
  const times = time(kind)
  all.push(...times)
  return [name, evaluate(...kind).decision, ...shown(times)]
})
rows.push(['all', '', ...shown(all)])
console.log(table(['decision', 'answer', 'median µs', '99th percentile µs'], rows))

function shown(times) {
  times.sort((a, b) => a - b)
  return [0.5, 0.99].map((share) => times[Math.floor(times.length * share)].toFixed(2))
}
