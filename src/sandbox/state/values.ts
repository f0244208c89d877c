/** What several constructors make of their arguments. */

import { nameKey } from './ids.ts'
import type { ManagedPolicy, Tags } from './world.ts'

export function mustBeNew(map: Map<string, unknown>, name: string, what: string): void {
  if (map.has(nameKey(name))) throw new Error(`${what} \`${name}\` exists already`)
}

export function arnOf(policy: string | ManagedPolicy | null | undefined): string | null {
  return typeof policy === 'object' ? (policy?.arn ?? null) : (policy ?? null)
}

export function tagsOf(tags: Record<string, string> = {}): Tags {
  return new Map(Object.entries(tags))
}

/** A policy document as the text that is kept. */
export function documentText(document: object | string): string {
  return typeof document === 'string' ? document : JSON.stringify(document)
}
