/** Pages of the services that count in `MaxResults` and `NextToken`. */
import { pageOf } from '../paging.ts'

interface Paged {
  MaxResults?: number | undefined
  NextToken?: string | undefined
}

/** A page of a list in its own order; `key` tells its members apart. */
export function tokenPage<Value>(
  list: readonly Value[],
  { MaxResults, NextToken }: Paged,
  limit: number,
  invalid: () => Error,
): [Value[], { NextToken?: string }] {
  const entries = list.map((value, index) => [String(index).padStart(9, '0'), value] as const)
  const size = Math.min(MaxResults ?? limit, limit)
  const { items, next } = pageOf(entries, NextToken, size, invalid)
  return [items, next === null ? {} : { NextToken: next }]
}

/**
 * A page of a list, for services whose inputs and outputs name their tokens otherwise; `next` is null on the last page.
 */
export function slice<Value>(
  list: Iterable<Value>,
  size: number | undefined,
  token: string | undefined,
  limit: number,
  invalid: () => Error,
): { items: Value[]; next: string | null } {
  const [items, { NextToken: next }] = tokenPage([...list], { MaxResults: size, NextToken: token }, limit, invalid)
  return { items, next: next ?? null }
}
