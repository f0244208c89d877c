/** Systems Manager: parameters, documents and the instances it manages, as far as reading goes. */
import type * as client from '@aws-sdk/client-ssm'
import { AwsError } from '../aws-error.ts'
import { type Call, callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { addParameter, type WorkloadKinds, workloadsOf } from '../workloads.ts'
import { slice } from './tokens.ts'

type Parameter = WorkloadKinds['parameter']

interface Paged {
  MaxResults?: number | undefined
  NextToken?: string | undefined
}

const handlers: Handlers<typeof client> = {
  DescribeParameters(call, input) {
    const filters = (input.ParameterFilters ?? []).map(({ Key, Option = 'Equals', Values = [] }) => {
      if ((Key !== 'Name' && Key !== 'Type') || Option !== 'Equals')
        throw invalid('The sandbox filters by whole names and types only.')
      return { key: Key as 'Name' | 'Type', values: Values }
    })
    const wanted = sorted(call).filter(({ metadata }) =>
      filters.every(({ key, values }) => values.includes(metadata[key] ?? '')),
    )
    const { items, ...more } = page(wanted, input, 50)
    return { Parameters: items.map(({ metadata }) => metadata), ...more }
  },

  GetParametersByPath(call, input) {
    const path = input.Path ?? '/'
    if (!path.startsWith('/'))
      throw invalid(
        `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/".`,
      )
    const folder = path.endsWith('/') ? path : `${path}/`
    const found = sorted(call).filter(({ metadata: { Name = '' } }) => {
      // names without a slash are in the root
      const full = Name.startsWith('/') ? Name : `/${Name}`
      return full.startsWith(folder) && (input.Recursive || !full.slice(folder.length).includes('/'))
    })
    const { items, ...more } = page(found, input, 10)
    return { Parameters: items.map((parameter) => shape(parameter, input.WithDecryption)), ...more }
  },

  GetParameters(call, input) {
    const names = input.Names ?? []
    if (names.length > 10) throw invalid('At most 10 names can be asked for')
    const known = workloadsOf(callRegion(call), 'parameter')
    return {
      Parameters: names.flatMap((name) => {
        const found = known.get(name)
        return found ? [shape(found, input.WithDecryption)] : []
      }),
      InvalidParameters: names.filter((name) => !known.has(name)),
    }
  },

  GetParameter(call, input) {
    // `NAME:3` is its third version
    const [name = '', version] = (input.Name ?? '').split(':')
    const found = workloadsOf(callRegion(call), 'parameter').get(name)
    if (!found) throw new AwsError('ParameterNotFound', '')
    return { Parameter: shape(atVersion(found, version), input.WithDecryption) }
  },

  /** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */
  PutParameter(call, input) {
    const name = input.Name!
    const parameters = workloadsOf(callRegion(call), 'parameter')
    const known = parameters.get(name)
    if (known && !input.Overwrite)
      throw new AwsError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      )
    const Type = input.Type ?? known?.metadata.Type
    if (!Type) throw invalid('A parameter type is required when you create a parameter.')
    const Version = (known?.metadata.Version ?? 0) + 1
    const metadata = {
      ...(known ?? addParameter(call.world, call.account, call.region, name, '', { Type })).metadata,
      Type,
      Version,
      LastModifiedDate: call.now,
      ...(input.Description !== undefined && { Description: input.Description }),
      ...(Type === 'SecureString' && { KeyId: input.KeyId ?? 'alias/aws/ssm' }),
    }
    const earlier = known ? [...(known.earlier ?? []), { version: known.metadata.Version!, value: known.value }] : []
    parameters.set(name, { metadata, value: input.Value!, earlier })
    return { Version, Tier: metadata.Tier ?? 'Standard' }
  },

  DeleteParameter(call, input) {
    if (!workloadsOf(callRegion(call), 'parameter').delete(input.Name!)) throw new AwsError('ParameterNotFound', '')
  },

  ListDocuments(call, input) {
    // AWS's own are some hundreds; the sandbox has only those of the account
    const owners = (input.Filters ?? []).flatMap(({ Key, Values = [] }) => (Key === 'Owner' ? Values : []))
    const own =
      owners.length === 0 || owners.some((owner) => owner === 'Self' || owner === 'Private' || owner === 'All')
    const known = own ? workloadsOf(callRegion(call), 'document').values() : []
    const { items, ...more } = page(known, input, 50)
    return { DocumentIdentifiers: items.map(({ identifier }) => identifier), ...more }
  },

  GetDocument(call, input) {
    const name = (input.Name ?? '').split(':document/').at(-1)!
    const found = workloadsOf(callRegion(call), 'document').get(name)
    if (!found) throw new AwsError('InvalidDocument', `Document with name ${name} does not exist.`)
    const { identifier, content } = found
    return {
      Name: identifier.Name,
      CreatedDate: identifier.CreatedDate,
      DocumentVersion: identifier.DocumentVersion,
      Status: 'Active',
      Content: content,
      DocumentType: identifier.DocumentType,
      DocumentFormat: identifier.DocumentFormat,
    }
  },

  DescribeInstanceInformation(call, input) {
    if (input.MaxResults !== undefined && (input.MaxResults < 5 || input.MaxResults > 50))
      throw invalid('MaxResults must be between 5 and 50')
    const { items, ...more } = page(workloadsOf(callRegion(call), 'managedInstance').values(), input, 50)
    return { InstanceInformationList: items, ...more }
  },
}

function sorted(call: Call): Parameter[] {
  const parameters = [...workloadsOf(callRegion(call), 'parameter')]
  return parameters.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, parameter]) => parameter)
}

function atVersion(parameter: Parameter, version: string | undefined): Parameter {
  if (version === undefined || Number(version) === parameter.metadata.Version) return parameter
  const found = parameter.earlier?.find((earlier) => earlier.version === Number(version))
  if (!found) throw new AwsError('ParameterVersionNotFound', '')
  return { metadata: { ...parameter.metadata, Version: found.version }, value: found.value }
}

function shape({ metadata, value }: Parameter, decrypted: boolean | undefined): client.Parameter {
  const { Name, Type, Version, LastModifiedDate, ARN, DataType } = metadata
  const isHidden = Type === 'SecureString' && !decrypted
  // what KMS makes of it begins like this, and says nothing
  const Value = isHidden ? `AQICAH${Buffer.from(`ciphertext of ${Name}`).toString('base64')}` : value
  return { Name, Type, Version, LastModifiedDate, ARN, DataType, Value }
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message)
}

function page<Value>(list: Iterable<Value>, { MaxResults, NextToken }: Paged, limit: number) {
  const refused = () => new AwsError('InvalidNextToken', 'The specified token is not valid.')
  const { items, next } = slice(list, MaxResults, NextToken, limit, refused)
  return { items, ...(next !== null && { NextToken: next }) }
}

export const ssm: Service = {
  name: 'ssm',
  actionPrefix: 'ssm',
  model: { protocol: 'awsJson1_1', version: '2014-11-06' },
  targetPrefixes: ['AmazonSSM'],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-ssm'),
    handlers: handlers as Record<string, Handler>,
  }),
}
