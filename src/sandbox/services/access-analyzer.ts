import type * as client from '@aws-sdk/client-accessanalyzer'
import { lintPolicy, type Mistake, type Place } from '../../policy/index.ts'
import { AwsError } from '../aws-error.ts'
import { type Call, callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { type Analyzer, addAnalyzer } from '../state.ts'
import { tokenPage } from './tokens.ts'

const TYPES: readonly string[] = [
  'ACCOUNT',
  'ORGANIZATION',
  'ACCOUNT_UNUSED_ACCESS',
  'ORGANIZATION_UNUSED_ACCESS',
  'ACCOUNT_INTERNAL_ACCESS',
  'ORGANIZATION_INTERNAL_ACCESS',
]

const handlers: Handlers<typeof client> = {
  ListAnalyzers(call, input) {
    const all = [...callRegion(call).analyzers.values()].filter(({ type }) => !input.type || input.type === type)
    const paged = { MaxResults: input.maxResults, NextToken: input.nextToken }
    const [found, more] = tokenPage(all, paged, 100, () => invalid('Invalid nextToken'))
    return { analyzers: found.map(shape), ...(more.NextToken !== undefined && { nextToken: more.NextToken }) }
  },

  GetAnalyzer: (call, input) => ({ analyzer: shape(find(call, input.analyzerName)) }),

  CreateAnalyzer(call, input) {
    const name = input.analyzerName!
    const type = input.type as Analyzer['type']
    if (!/^[A-Za-z][A-Za-z0-9_.-]{0,254}$/.test(name)) throw invalid(`Invalid analyzer name ${name}`)
    if (!TYPES.includes(type)) throw invalid(`Invalid analyzer type ${type}`)
    const { analyzers } = callRegion(call)
    if (analyzers.has(name))
      throw new AwsError('ConflictException', `Analyzer with name: ${name} already exists`, 409, {
        resourceId: name,
        resourceType: 'analyzer',
      })
    if (type.startsWith('ORGANIZATION') && call.world.organization?.managementAccountId !== call.account.accountId)
      throw invalid('Organization analyzers can be made by the management account or a delegated administrator only')
    if ([...analyzers.values()].some((other) => other.type === type && type === 'ACCOUNT'))
      throw new AwsError('ServiceQuotaExceededException', 'Analyzer limit exceeded', 402, {
        resourceId: name,
        resourceType: 'analyzer',
      })
    const unusedAccessAge = input.configuration?.unusedAccess?.unusedAccessAge
    const analyzer = addAnalyzer(call.world, call.account, call.region, name, {
      type,
      ...(unusedAccessAge !== undefined && { unusedAccessAge }),
      tags: input.tags ?? {},
    })
    return { arn: analyzer.arn }
  },

  /** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html */
  ValidatePolicy(_, input) {
    const kind = input.policyType === 'RESOURCE_POLICY' ? 'resource' : 'identity'
    const paged = { MaxResults: input.maxResults, NextToken: input.nextToken }
    const mistakes = lintPolicy(input.policyDocument!, kind)
    const [found, more] = tokenPage(mistakes, paged, 100, () => invalid('Invalid nextToken'))
    return {
      findings: found.map((mistake) => validationFinding(input.policyDocument!, mistake)),
      ...(more.NextToken !== undefined && { nextToken: more.NextToken }),
    }
  },

  DeleteAnalyzer(call, input) {
    callRegion(call).analyzers.delete(find(call, input.analyzerName).analyzerName)
  },
}

function validationFinding(
  text: string,
  { rule, level, message, statement, start, end }: Mistake,
): client.ValidatePolicyFinding {
  const lines = text.split('\n')
  // AWS counts columns from 0
  const place = ({ line, column }: Place) => ({
    line,
    column: column - 1,
    offset: lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0) + column - 1,
  })
  return {
    findingType: level === 'error' ? 'ERROR' : 'WARNING',
    issueCode: rule.toUpperCase().replaceAll('-', '_'),
    findingDetails: message,
    learnMoreLink: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html',
    locations: [
      {
        path: statement === null ? [] : [{ value: 'Statement' }, { index: statement }],
        span: { start: place(start), end: place(end) },
      },
    ],
  }
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message, 400, { reason: 'other' })
}

function find(call: Call, name: string | undefined): Analyzer {
  const analyzer = callRegion(call).analyzers.get(name ?? '')
  if (!analyzer)
    throw new AwsError('ResourceNotFoundException', `Analyzer with name ${name} not found`, 404, {
      resourceId: name,
      resourceType: 'analyzer',
    })
  return analyzer
}

function shape(analyzer: Analyzer) {
  return {
    arn: analyzer.arn,
    name: analyzer.analyzerName,
    type: analyzer.type,
    createdAt: analyzer.createdAt,
    status: analyzer.status,
    tags: Object.fromEntries(analyzer.tags),
    ...(analyzer.unusedAccessAge !== null && {
      configuration: { unusedAccess: { unusedAccessAge: analyzer.unusedAccessAge } },
    }),
  }
}

export const accessAnalyzer: Service = {
  name: 'access-analyzer',
  actionPrefix: 'access-analyzer',
  model: { protocol: 'restJson1', version: '2019-11-01' },
  targetPrefixes: [],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-accessanalyzer'),
    handlers: handlers as Record<string, Handler>,
  }),
}
