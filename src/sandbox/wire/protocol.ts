/** What a wire protocol does, whatever the service: requests in, answers and errors out. */
import type { NormalizedSchema } from '@smithy/core/schema'
import type { AwsError } from '../aws-error.ts'

/** A request as it came, with its body read. */
export interface WireRequest {
  method: string
  /** Undecoded, without the query. */
  path: string
  query: URLSearchParams
  /** Lower-case names. */
  headers: Record<string, string>
  body: Buffer
}

export interface WireResponse {
  status: number
  headers: Record<string, string>
  body: string | Uint8Array
}

/** One operation of a service, from the Smithy schemas of its SDK client. */
export interface Operation {
  name: string
  input: NormalizedSchema
  output: NormalizedSchema
  /** Method and path template of a REST protocol. */
  http: { method: string; path: string; status: number } | null
}

/** A service, from the Smithy schemas of its SDK client. */
export interface ServiceModel {
  operations: Map<string, Operation>
  /** Error shapes by name. */
  errors: Map<string, NormalizedSchema>
  xmlNamespace: string
  version: string
  protocol: ProtocolName
}

export type ProtocolName = 'awsQuery' | 'ec2Query' | 'awsJson1_0' | 'awsJson1_1' | 'restJson1' | 'restXml'

/** An operation's input or output: members by their Smithy names. */
export type Shape = Record<string, unknown>

export interface Codec {
  /** The operation that the request names, whether or not the service has it. */
  operationName(model: ServiceModel, request: WireRequest): string | null
  decode(operation: Operation, request: WireRequest): Shape
  encode(model: ServiceModel, operation: Operation, output: Shape, requestId: string): WireResponse
  encodeError(model: ServiceModel | null, error: AwsError, requestId: string): WireResponse
  /** How the protocol's services say what is common to all. */
  commonErrors: CommonErrors
}

/** The codes of the errors that every service of a protocol has, and their HTTP status. */
export interface CommonErrors {
  accessDenied: [code: string, status: number]
  throttled: [code: string, status: number]
  internal: [code: string, status: number]
  unknownOperation: [code: string, status: number]
  unknownKey: [code: string, status: number]
  missingToken: [code: string, status: number]
  incompleteSignature: [code: string, status: number]
  wrongSignature: [code: string, status: number]
  expiredSignature: [code: string, status: number]
  expiredToken: [code: string, status: number]
  malformed: [code: string, status: number]
  missingMember: [code: string, status: number]
}
