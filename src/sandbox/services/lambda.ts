/** Lambda: functions and layers, their settings and their code, as far as reading goes. */
import { createHash } from 'node:crypto'
import type * as client from '@aws-sdk/client-lambda'
import { AwsError } from '../aws-error.ts'
import { type Call, callerArn, callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { offerDownload } from '../downloads.ts'
import { type LambdaFunction, type LambdaLayerVersion, workloadsOf } from '../workloads.ts'
import { slice } from './tokens.ts'

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html: at most 50 a page, whatever is asked for. */
const PAGE = 50

const handlers: Handlers<typeof client> = {
  ListFunctions(call, input) {
    const { items, next } = page(functions(call).values(), input)
    return {
      Functions: items.map(({ configuration }) => configuration),
      ...(next !== null && { NextMarker: next }),
    }
  },

  GetFunction(call, input) {
    const found = find(call, input.FunctionName)
    const { configuration, code, imageUri, tags } = found
    const location = code
      ? { RepositoryType: 'S3', Location: offerDownload(call, configuration.FunctionName!, code, 'application/zip') }
      : { RepositoryType: 'ECR', ImageUri: imageUri!, ResolvedImageUri: imageUri! }
    return { Configuration: configuration, Code: location, Tags: tags }
  },

  GetFunctionConfiguration: (call, input) => find(call, input.FunctionName).configuration,

  ListVersionsByFunction(call, input) {
    const { configuration } = find(call, input.FunctionName)
    const arn = `${configuration.FunctionArn}:$LATEST`
    return { Versions: [{ ...configuration, FunctionArn: arn }] }
  },

  ListLayers(call, input) {
    const { items, next } = page(layers(call), input)
    return {
      Layers: items.map(([name, versions]) => ({
        LayerName: name,
        LayerArn: layerArn(versions[0]!),
        LatestMatchingVersion: aboutLayer(versions.at(-1)!),
      })),
      ...(next !== null && { NextMarker: next }),
    }
  },

  ListLayerVersions(call, input) {
    // newest first: https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html
    const { items, next } = page(layerNamed(call, input.LayerName).toReversed(), input)
    return { LayerVersions: items.map(aboutLayer), ...(next !== null && { NextMarker: next }) }
  },

  GetLayerVersion(call, input) {
    const found = readableLayer(call, input.LayerName).find(({ version }) => version === input.VersionNumber)
    if (!found) throw layerNotFound()
    const { code } = found
    return {
      ...aboutLayer(found),
      LayerArn: layerArn(found),
      Content: {
        Location: offerDownload(call, found.arn.split(':').slice(-2).join('-'), code, 'application/zip'),
        CodeSha256: createHash('sha256').update(code).digest('base64'),
        CodeSize: code.length,
      },
    }
  },

  ListTags(call, input) {
    const found = [...functions(call).values()].find(
      ({ configuration }) => configuration.FunctionArn === input.Resource,
    )
    if (!found) throw notFound(input.Resource ?? '')
    return { Tags: found.tags }
  },
}

function functions(call: Call): Map<string, LambdaFunction> {
  return workloadsOf(callRegion(call), 'function')
}

/** By name, `account:function:name` or ARN, with or without a version. */
function find(call: Call, reference: string | undefined): LambdaFunction {
  const parts = (reference ?? '').split(':')
  const at = parts.indexOf('function')
  const name = at < 0 ? parts[0]! : (parts[at + 1] ?? '')
  const qualifier = parts[at < 0 ? 1 : at + 2]
  const found = functions(call).get(name)
  if (!found || (qualifier !== undefined && qualifier !== '$LATEST'))
    throw notFound(`arn:${call.account.partition}:lambda:${call.region}:${call.account.accountId}:function:${name}`)
  return found
}

function layers(call: Call): Map<string, LambdaLayerVersion[]> {
  return workloadsOf(callRegion(call), 'layer')
}

/** By name or ARN. */
function layerNamed(call: Call, reference: string | undefined): LambdaLayerVersion[] {
  const found = layers(call).get((reference ?? '').split(':').at(-1)!)
  if (!found) throw layerNotFound()
  return found
}

/** One of the account's own, or one that another account lets everyone have. */
function readableLayer(call: Call, reference: string | undefined): LambdaLayerVersion[] {
  const [, , , , owner, , name] = (reference ?? '').split(':')
  if (owner === undefined || owner === call.account.accountId) return layerNamed(call, reference)
  const region = call.world.accounts.get(owner)?.regions.get(call.region)
  const found =
    region &&
    workloadsOf(region, 'layer')
      .get(name ?? '')
      ?.filter(({ isPublic }) => isPublic)
  if (found?.length) return found
  // AWS does not say whether there is such a layer
  throw new AwsError(
    'AccessDeniedException',
    `User: ${callerArn(call.caller)} is not authorized to perform: lambda:GetLayerVersion on resource: ${reference} because no resource-based policy allows the lambda:GetLayerVersion action`,
    403,
    { Type: 'User' },
  )
}

function layerNotFound(): AwsError {
  return new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', 404, { Type: 'User' })
}

function aboutLayer({ arn, version, description, createdDate }: LambdaLayerVersion) {
  return { LayerVersionArn: arn, Version: version, Description: description, CreatedDate: createdDate }
}

/** Without its version. */
function layerArn({ arn }: LambdaLayerVersion): string {
  return arn.slice(0, arn.lastIndexOf(':'))
}

function notFound(arn: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404, { Type: 'User' })
}

function page<Value>(list: Iterable<Value>, input: { Marker?: string | undefined; MaxItems?: number | undefined }) {
  return slice(
    list,
    input.MaxItems,
    input.Marker,
    PAGE,
    () => new AwsError('InvalidParameterValueException', 'Invalid marker', 400, { Type: 'User' }),
  )
}

export const lambda: Service = {
  name: 'lambda',
  actionPrefix: 'lambda',
  model: { protocol: 'restJson1', version: '2015-03-31' },
  targetPrefixes: [],
  global: false,
  errors: { throttled: ['TooManyRequestsException', 429] },
  load: async () => ({
    client: await import('@aws-sdk/client-lambda'),
    handlers: handlers as Record<string, Handler>,
  }),
}
