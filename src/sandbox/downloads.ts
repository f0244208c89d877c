/** Presigned addresses: who has one may fetch a file for ten minutes, without any other credential. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Call } from './call.ts'
import type { Download, World } from './state.ts'
import type { WireRequest } from './wire/protocol.ts'

const SECONDS = 600
const PREFIX = '/snapshots/'
/** As many addresses are good at once; the oldest go. */
const MAX_DOWNLOADS = 10_000

/** The address under which a file can now be fetched. Every call makes another. */
export function offerDownload(call: Call, name: string, body: Uint8Array, contentType: string): string {
  const { downloads } = call.world
  const signature = randomBytes(32).toString('hex')
  const path = `${PREFIX}${call.account.accountId}/${encodeURIComponent(name)}-${randomBytes(8).toString('hex')}`
  downloads.set(path, { body, contentType, signature, expires: Date.now() + SECONDS * 1000 })
  for (const oldest of downloads.keys()) {
    if (downloads.size <= MAX_DOWNLOADS) break
    downloads.delete(oldest)
  }
  const query = new URLSearchParams({ 'X-Amz-Expires': String(SECONDS), 'X-Amz-Signature': signature })
  return `${call.origin}${path}?${query}`
}

/** The file of such a request; null where the address was never given out or is no longer good. */
export function findDownload(world: World, request: WireRequest): Download | null {
  const found = world.downloads.get(request.path)
  if (!found || found.expires < Date.now()) return null
  const given = Buffer.from(request.query.get('X-Amz-Signature') ?? '')
  const wanted = Buffer.from(found.signature)
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? found : null
}

export function isDownload({ method, path }: WireRequest): boolean {
  return method === 'GET' && path.startsWith(PREFIX)
}
