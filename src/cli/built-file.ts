/** A file of `dist`, as `npm run build` leaves it; from the sources (in tests) it is the same built file. */
export function builtFile(path: string): URL {
  return new URL(import.meta.url.endsWith('.ts') ? `../../dist/${path}` : `../${path}`, import.meta.url)
}
