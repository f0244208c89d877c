/** Reads a service's operations out of the Smithy schemas that its SDK client exports (`GetUser$` and so on). */
import { NormalizedSchema } from '@smithy/core/schema'
import type { Operation, ProtocolName, ServiceModel } from './protocol.ts'

/** Static schemas are tuples that begin with a number for their kind. */
const OPERATION = 9
const ERROR = -3

type StaticOperation = [number, string, string, { http?: [string, string, number] } | number, unknown, unknown]

export interface ModelSettings {
  protocol: ProtocolName
  xmlNamespace?: string
  version: string
}

export function modelOf(client: object, settings: ModelSettings): ServiceModel {
  const operations = new Map<string, Operation>()
  const errors = new Map<string, NormalizedSchema>()
  for (const [name, value] of Object.entries(client)) {
    if (!name.endsWith('$') || !Array.isArray(value)) continue
    if (value[0] === OPERATION) {
      const operation = operationOf(value as StaticOperation)
      operations.set(operation.name, operation)
    } else if (value[0] === ERROR) {
      errors.set(String(value[2]), NormalizedSchema.of(value as never))
    }
  }
  return { operations, errors, xmlNamespace: '', ...settings }
}

function operationOf([, , name, traits, input, output]: StaticOperation): Operation {
  const http = typeof traits === 'object' ? traits.http : undefined
  return {
    name,
    // normalizing is lazy: EC2 has 700 operations
    get input() {
      return NormalizedSchema.of(input as never)
    },
    get output() {
      return NormalizedSchema.of(output as never)
    },
    http: http ? { method: http[0], path: http[1], status: http[2] } : null,
  }
}

/** Members that must be there: in a static structure they come first, and a count says how many they are. */
export function requiredMembers(schema: NormalizedSchema): string[] {
  const structure = schema.getSchema()
  if (!Array.isArray(structure)) return []
  const [, , , , names, , count] = structure as unknown as [number, string, string, unknown, string[], unknown, number?]
  return Array.isArray(names) ? names.slice(0, count ?? 0) : []
}
