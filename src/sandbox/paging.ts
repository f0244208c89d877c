/**
 * Pages over sorted lists. A marker holds the last key of its page, so a list that changes between two pages loses
 * nothing and repeats nothing, and finding the place is a binary search.
 */

export interface Page<Value> {
  items: Value[]
  /** null on the last page. */
  next: string | null
}

/** `sorted` by its keys; `limit` items after the marker. Throws what `invalid` makes for a marker that is none. */
export function pageOf<Value>(
  sorted: readonly (readonly [string, Value])[],
  marker: string | undefined,
  limit: number,
  invalid: () => Error,
): Page<Value> {
  const start = marker === undefined ? 0 : firstAfter(sorted, readMarker(marker, invalid))
  const part = sorted.slice(start, start + limit)
  const last = part.at(-1)
  return {
    items: part.map(([, value]) => value),
    next: last && start + limit < sorted.length ? writeMarker(last[0]) : null,
  }
}

function firstAfter(sorted: readonly (readonly [string, unknown])[], key: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]![0] <= key) low = middle + 1
    else high = middle
  }
  return low
}

function writeMarker(key: string): string {
  return Buffer.from(JSON.stringify({ v: 1, after: key })).toString('base64')
}

function readMarker(marker: string, invalid: () => Error): string {
  try {
    const value: unknown = JSON.parse(Buffer.from(marker, 'base64').toString('utf8'))
    if (typeof value === 'object' && value !== null && 'after' in value && typeof value.after === 'string')
      return value.after
  } catch {
    // not ours
  }
  throw invalid()
}
