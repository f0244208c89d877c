/**
 * An ID and a secret in two files of one folder, as secrets are mounted into containers, probably belong together when
 * neither has another there to belong to. This is less sure than a pair: both stay leaks of their own, and each says
 * where its other half is.
 */
import type { Leak, LeakPlace } from '../model/leak.ts'
import { fileNameOf } from './source.ts'

interface Half {
  leak: Leak
  place: LeakPlace
}

/** @param leaks all that was found: of a part of it, nobody knows what else lies in a folder */
export function withOtherHalves(leaks: readonly Leak[]): Leak[] {
  const secrets = onlyOnes(leaks.filter(isSecretAlone), () => true)
  const ids = onlyOnes(leaks.filter(isIdAlone), (folder) => secrets.has(folder))
  const halves = new Map<Leak, Half | null>()
  for (const [folder, id] of ids) {
    const secret = secrets.get(folder)
    if (!id || !secret || id.leak.kind !== 'long-term' || isSameFile(id.place, secret.place)) continue
    setOnly(halves, id.leak, secret)
    setOnly(halves, secret.leak, id)
  }
  return leaks.map((leak) => {
    const half = halves.get(leak)
    if (!half || halves.get(half.leak)?.leak !== leak) return leak
    return { ...leak, otherHalf: { fingerprint: half.leak.fingerprint, file: fileNameOf(half.place) } }
  })
}

function isIdAlone({ class: leakClass, accessKeyId, evidence, hasSecret }: Leak): boolean {
  return leakClass === 'plausible' && accessKeyId !== null && evidence === 'id-only' && !hasSecret
}

function isSecretAlone({ class: leakClass, kind }: Leak): boolean {
  return leakClass === 'plausible' && kind === 'secret'
}

/** Of each folder the only one of the leaks that lies there; null: there are several. */
function onlyOnes(leaks: readonly Leak[], isWanted: (folder: string) => boolean): Map<string, Half | null> {
  const only = new Map<string, Half | null>()
  for (const leak of leaks)
    for (const place of leak.places) {
      const folder = folderOf(place)
      if (folder !== null && isWanted(folder)) setOnly(only, folder, { leak, place })
    }
  return only
}

function setOnly<Key>(only: Map<Key, Half | null>, key: Key, half: Half): void {
  const known = only.get(key)
  if (known === undefined) only.set(key, half)
  else if (known?.leak !== half.leak) only.set(key, null)
}

/** Null: a place that is in no folder. What history has of a folder is told apart from what lies there now. */
function folderOf({ kind, path, member }: LeakPlace): string | null {
  if (kind !== 'file' && kind !== 'archive' && kind !== 'git') return null
  return member === null ? `${kind} ${upToSlash(path)}` : `${kind} ${path}\0${upToSlash(member)}`
}

function isSameFile(a: LeakPlace, b: LeakPlace): boolean {
  return a.path === b.path && a.member === b.member
}

const upToSlash = (path: string) => path.slice(0, path.lastIndexOf('/') + 1)
