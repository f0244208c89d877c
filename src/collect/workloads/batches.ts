/** Several names for one call, called after the first. */
export function batchesOf(names: readonly string[], size: number): { name: string; batch: string[] }[] {
  const batches: { name: string; batch: string[] }[] = []
  for (let i = 0; i < names.length; i += size) batches.push({ name: names[i]!, batch: names.slice(i, i + size) })
  return batches
}
