/** A call to another service than AWS's, over the same proxies and with the same certificate authorities. */
import { certificateAuthorities, createRequestHandler } from './proxy.ts'

export interface HttpCall {
  method: string
  url: URL
  headers: Record<string, string>
  body?: string
  /** The variables that name the proxy and AWS_CA_BUNDLE. */
  env: Readonly<Record<string, string | undefined>>
  timeoutMs: number
}

/** More than any answer that is waited for. */
const MOST_BYTES = 1024 * 1024

/** No redirect is followed: it would carry the headers elsewhere. Throws when there is no answer. */
export async function httpCall({ method, url, headers, body, env, timeoutMs }: HttpCall) {
  const [{ HttpRequest }, handler] = await Promise.all([
    import('@smithy/core/protocols'),
    createRequestHandler(env, certificateAuthorities(env.AWS_CA_BUNDLE)),
  ])
  try {
    const request = new HttpRequest({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      path: url.pathname + url.search,
      headers: {
        host: url.host,
        ...headers,
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
      ...(body !== undefined && { body }),
    })
    const signal = AbortSignal.timeout(timeoutMs)
    const { response } = await handler.handle(request, { abortSignal: signal as never, requestTimeout: timeoutMs })
    const stream = response.body as AsyncIterable<Uint8Array> & { destroy(): void }
    signal.addEventListener('abort', () => stream.destroy(), { once: true })
    const pieces: Uint8Array[] = []
    let size = 0
    for await (const piece of stream) {
      size += piece.length
      if (size > MOST_BYTES) throw new Error('the answer is too long')
      pieces.push(piece)
    }
    signal.throwIfAborted()
    return { status: response.statusCode, text: Buffer.concat(pieces).toString('utf8') }
  } finally {
    handler.destroy()
  }
}
