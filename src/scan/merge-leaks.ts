/** Several scans, one list: each leak once, with all its places. Pure. */
import type { Leak, LeakClass, LeakEvidence, LeakPlace } from '../model/leak.ts'

/** Most serious first. */
const CLASSES: readonly LeakClass[] = ['plausible', 'impossible', 'canary', 'identifier', 'placeholder']
const EVIDENCE: readonly LeakEvidence[] = ['pair', 'token', 'named-secret', 'bare-secret', 'id-only']

/** @returns the leaks in the order in which they first come */
export function mergeLeaks(lists: readonly (readonly Leak[])[]): Leak[] {
  const merged = new Map<string, { leak: Leak; seen: Set<string> }>()
  for (const leak of lists.flat()) {
    const known = merged.get(leak.fingerprint)
    if (known) join(known, leak)
    else
      merged.set(leak.fingerprint, { leak: { ...leak, places: [...leak.places] }, seen: new Set(leak.places.map(id)) })
  }
  return [...merged.values()].map(({ leak }) => leak)
}

function join(known: { leak: Leak; seen: Set<string> }, more: Leak): void {
  const { leak, seen } = known
  if (isWorse(more, leak)) {
    const { class: leakClass, reason, evidence, kind } = more
    Object.assign(leak, { class: leakClass, reason, evidence, kind })
  }
  leak.hasSecret ||= more.hasSecret
  leak.secretFingerprint ??= more.secretFingerprint
  leak.hasSessionToken ||= more.hasSessionToken
  leak.expiration ??= more.expiration
  leak.inAccount ??= more.inAccount
  leak.verified ??= more.verified
  // where the secret itself was found, nobody needs to look beside the ID
  leak.otherHalf = leak.accessKeyId !== null && leak.hasSecret ? undefined : (leak.otherHalf ?? more.otherHalf)
  for (const place of more.places) {
    if (seen.has(id(place))) continue
    seen.add(id(place))
    leak.places.push(place)
  }
}

function isWorse(a: Leak, b: Leak): boolean {
  const byClass = CLASSES.indexOf(a.class) - CLASSES.indexOf(b.class)
  return byClass !== 0 ? byClass < 0 : EVIDENCE.indexOf(a.evidence) < EVIDENCE.indexOf(b.evidence)
}

function id({ kind, path, member, commit, line, column, region }: LeakPlace): string {
  return JSON.stringify([kind, path, member, commit, line, column, region])
}
