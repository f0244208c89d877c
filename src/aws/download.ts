/**
 * Fetching what AWS keeps behind a presigned address. Such an address is a credential of its own, and it comes in an
 * answer: so only hosts of AWS's are asked, nothing is followed, nothing is quoted.
 */
import type { createRequestHandler } from './proxy.ts'

type Handler = Awaited<ReturnType<typeof createRequestHandler>>

export interface DownloadTarget {
  /** The session's own endpoint, where it has one: its addresses lie there, too. */
  endpoint: string | undefined
  maxBytes: number
  signal: AbortSignal | undefined
  /** Milliseconds without a byte after which the connection is given up. */
  idleMs?: number
}

const IDLE = 30_000

/** The bytes. Throws errors whose names `failureOf` knows. */
export async function download(
  handler: Handler,
  address: string,
  { endpoint, maxBytes, signal, idleMs = IDLE }: DownloadTarget,
): Promise<Uint8Array> {
  const url = URL.canParse(address) ? new URL(address) : null
  if (!url || !isTrusted(url, endpoint)) throw named('ForeignAddress')
  const { HttpRequest } = await import('@smithy/core/protocols')
  const request = new HttpRequest({
    method: 'GET',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    // As it is: written anew, it might not fit its signature any more.
    path: url.pathname + url.search,
    headers: { host: url.host },
  })
  const { response } = await handler.handle(request, signal ? { abortSignal: signal as never } : {})
  const body = response.body as Body
  try {
    if (response.statusCode !== 200)
      throw Object.assign(named('UnknownError'), { $metadata: { httpStatusCode: response.statusCode } })
    const length = Number(response.headers['content-length'] ?? Number.NaN)
    return await bytesOf(body, { length, maxBytes, idleMs })
  } finally {
    body.destroy()
  }
}

type Body = AsyncIterable<Uint8Array> & { destroy(error?: Error): void }

/** @param length announced in the answer; NaN: not at all */
async function bytesOf(
  body: Body,
  { length, maxBytes, idleMs }: { length: number; maxBytes: number; idleMs: number },
): Promise<Uint8Array> {
  if (length > maxBytes) throw named('TooLarge')
  const pieces: Uint8Array[] = []
  let size = 0
  const idle = setTimeout(() => body.destroy(named('TimeoutError')), idleMs)
  try {
    for await (const piece of body) {
      idle.refresh()
      size += piece.length
      if (size > maxBytes) throw named('TooLarge')
      pieces.push(piece)
    }
  } finally {
    clearTimeout(idle)
  }
  if (!Number.isNaN(length) && length !== size) throw named('TimeoutError')
  return Buffer.concat(pieces, size)
}

/** The domains of AWS's partitions: https://docs.aws.amazon.com/general/latest/gr/rande.html */
const AWS_DOMAINS =
  /\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/

function isTrusted(url: URL, endpoint: string | undefined): boolean {
  if (url.username || url.password) return false
  if (endpoint !== undefined && URL.canParse(endpoint) && new URL(endpoint).origin === url.origin) return true
  return url.protocol === 'https:' && url.port === '' && AWS_DOMAINS.test(url.hostname)
}

function named(name: string): Error {
  return Object.assign(new Error(name), { name })
}
