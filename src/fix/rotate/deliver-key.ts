/** Brings the new key to its destinations, or takes all of it back. */
import { DeliveryError, type Destination, type Held, isSame, type KeyPair } from '../deliver/destination.ts'
import { type Run, refused, stopped, type Work } from './context.ts'
import { discardKey } from './make-key.ts'

/** What the destinations held when they were last looked at, in this process. */
type Looks = Map<string, Held>

/** Those that can be read and put back come first: what fails there leaves the others alone. */
function destinationsOf({ context, rotation }: Work): Destination[] {
  const all = rotation.terms.to.map((uri) => context.destination(uri))
  return [...all.filter(({ isReadable }) => isReadable), ...all.filter(({ isReadable }) => !isReadable)]
}

/** Delivers what is not delivered yet. null: every destination has the key. */
export async function deliverKey(work: Work): Promise<Run | null> {
  const { pair, rotation } = work
  if (!pair) throw new Error('there is no key to deliver')
  const looks: Looks = new Map()
  const { userName, accountId, keyId } = rotation.terms
  for (const destination of destinationsOf(work)) {
    const { uri } = destination
    if (work.rotation.deliveries.get(uri)?.state === 'delivered') continue
    work.say(`delivering to ${destination.name}`)
    try {
      const held = await destination.look()
      looks.set(uri, held)
      work.note({ event: 'delivering', to: uri })
      const verified = isSame(held.pair, pair)
        ? 'read-back'
        : await destination.deliver({ key: pair, userName, accountId, previousKeyId: keyId }, held, (undo) =>
            work.note({ event: 'undo', to: uri, undo }),
          )
      work.note({ event: 'delivered', to: uri, verified })
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error
      // one that can be read is looked at, whatever is said
      const isUntouched = !destination.isReadable && error.isUnchanged
      if (isUntouched && work.rotation.deliveries.get(uri)?.state === 'delivering')
        work.note({ event: 'put-back', to: uri })
      return takeBack(work, error.message, looks)
    }
  }
  work.note({ event: 'switched' })
  return null
}

/**
 * Puts every destination back and deletes the new key, so that nothing has changed. Where a destination cannot be put
 * back the new key stays: whoever reads it there must not be locked out.
 */
export async function takeBack(work: Work, because: string, looks: Looks = new Map()): Promise<Run> {
  if (work.rotation.phase !== 'taking-back') work.note({ event: 'taking-back', because })
  const kept = await putBackAll(work, looks)
  if (kept.length > 0) return stopped(keptText(work, because, kept))
  await discardKey(work)
  work.note({ event: 'ended', how: 'taken-back', because })
  return refused(`${because}; what was done is taken back, and nothing has changed`)
}

export interface Kept {
  uri: string
  name: string
  because: string
}

/** Puts back what has the new key, the last first. What could not be put back. */
export async function putBackAll(work: Work, looks: Looks = new Map()): Promise<Kept[]> {
  const { userName, accountId, keyId } = work.rotation.terms
  const about = { userName, accountId, previousKeyId: keyId }
  const kept: Kept[] = []
  // readable ones first: one of them may still know the old key, for those that cannot tell
  const changed = destinationsOf(work).filter(({ uri }) => hasNewKey(work, uri))
  let old: KeyPair | null = [...looks.values()].find(({ pair }) => pair?.accessKeyId === keyId)?.pair ?? null
  for (const destination of changed) {
    const { uri, name } = destination
    work.say(`putting back ${name}`)
    const because = await putBack(work, destination, looks.get(uri) ?? null).catch(reasonOf)
    if (because === null) {
      work.note({ event: 'put-back', to: uri })
      if (!old && destination.isReadable) old = (await destination.look().catch(() => null))?.pair ?? null
      if (old?.accessKeyId !== keyId) old = null
    } else kept.push({ uri, name, because })
  }
  const stillKept: Kept[] = []
  for (const { uri, name, because } of kept) {
    const other = old && (await redeliver(work.context.destination(uri), old, about).catch(reasonOf))
    if (old && other === null) work.note({ event: 'put-back', to: uri })
    else {
      if (work.rotation.deliveries.get(uri)?.state !== 'kept') work.note({ event: 'kept', to: uri, because })
      stillKept.push({ uri, name, because })
    }
  }
  return stillKept
}

function hasNewKey({ rotation }: Work, uri: string): boolean {
  const state = rotation.deliveries.get(uri)?.state
  return state === 'delivering' || state === 'delivered' || state === 'kept'
}

async function putBack({ rotation }: Work, destination: Destination, held: Held | null): Promise<null> {
  const { deliveries, newKeyId } = rotation
  if (destination.isReadable) {
    const now = await destination.look()
    const hasIt = now.pair !== null && now.pair.accessKeyId === newKeyId
    // else nothing has come there, or somebody has put another key there since
    if (hasIt) {
      await destination.putBack(held, deliveries.get(destination.uri)?.undo ?? null)
      // the new key is deleted next
      if ((await destination.look()).pair?.accessKeyId === newKeyId)
        throw new DeliveryError(`${destination.name} still holds the new key`)
    }
    if (newKeyId !== null) await destination.tidy?.(newKeyId)
    return null
  }
  await destination.putBack(held, null)
  return null
}

async function redeliver(
  destination: Destination,
  old: KeyPair,
  about: { userName: string; accountId: string; previousKeyId: string },
): Promise<null> {
  await destination.deliver({ key: old, ...about }, await destination.look(), () => undefined)
  return null
}

function reasonOf(error: unknown): string {
  if (error instanceof DeliveryError) return error.message
  throw error
}

function keptText({ rotation }: Work, because: string, kept: readonly Kept[]): string {
  const names = kept.map(({ name }) => name).join(' and ')
  return `${because}; and ${names} may have the new key ${rotation.newKeyId} and could not be put back (${kept[0]!.because}). Both keys work, so that nobody is locked out. \`--again\` makes another new key and delivers that to all; \`--abort\` goes back once you have put the old key there`
}

/** The secret of the new key, read from a destination that has it. */
export async function recoverPair(work: Work): Promise<KeyPair | null> {
  const { newKeyId, deliveries } = work.rotation
  for (const destination of destinationsOf(work)) {
    if (!destination.isReadable || !deliveries.has(destination.uri)) continue
    const held = await destination.look().catch(() => null)
    if (held?.pair?.accessKeyId === newKeyId && newKeyId !== null) return held.pair
  }
  return null
}
