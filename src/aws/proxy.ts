/**
 * HTTP(S)_PROXY, ALL_PROXY and NO_PROXY, which the SDK ignores, and the one request handler of a session.
 * Proxy addresses can hold a password: they are in no message.
 */
import { readFileSync } from 'node:fs'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { BlockList, isIP } from 'node:net'
import type { HttpRequest, RequestHandler } from '@smithy/types'
import { KeyreeveError } from '../model/errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What a proxy decision needs of a request. */
export interface Target {
  protocol: string
  hostname: string
  port?: number | undefined
}

/** The proxy for a request, or null: no proxy. Never for this machine. */
export function proxyFor(target: Target, env: Environment): URL | null {
  const hostname = target.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (isLoopback(hostname)) return null
  const isTls = target.protocol.startsWith('https')
  const names = isTls ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY']
  const name = [...names, 'all_proxy', 'ALL_PROXY'].find((name) => env[name])
  if (!name) return null
  if (isExempt(hostname, target.port ?? (isTls ? 443 : 80), env.no_proxy ?? env.NO_PROXY ?? '')) return null
  return proxyUrl(env[name]!, name)
}

function proxyUrl(value: string, name: string): URL {
  const address = value.includes('://') ? value : `http://${value}`
  const url = URL.canParse(address) ? new URL(address) : null
  if (url?.hostname && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new KeyreeveError('usage', `\`${name}\` is no address of an HTTP proxy`, {
    hint: 'write it as http://host:port',
  })
}

/** Whether the host is this machine. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** `NO_PROXY`: `*`, hosts and domains (with what is below them), addresses, networks, each with an optional port. */
function isExempt(hostname: string, port: number, noProxy: string): boolean {
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry, hostname, port))
}

function matches(entry: string, hostname: string, port: number): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return inNetwork(entry, hostname)
  const [, bracketed, plain, entryPort] = /^(?:\[(.+)\]|([^:]+|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? []
  if (isIP(entry) !== 0) return entry === hostname
  if (entryPort && Number(entryPort) !== port) return false
  const host = (bracketed ?? plain ?? '').replace(/^\*?\./, '')
  return host !== '' && (hostname === host || (isIP(host) === 0 && hostname.endsWith(`.${host}`)))
}

function inNetwork(entry: string, hostname: string): boolean {
  const [address = '', bits = ''] = entry.split('/')
  const family = isIP(address)
  if (family === 0 || isIP(hostname) !== family || !/^\d{1,3}$/.test(bits)) return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  try {
    const network = new BlockList()
    network.addSubnet(address, Number(bits), type)
    return network.check(hostname, type)
  } catch {
    return false
  }
}

/** AWS_CA_BUNDLE, as the AWS CLI takes it: companies that look into TLS need it. */
export function certificateAuthorities(file: string | undefined): string | undefined {
  if (!file) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new KeyreeveError('usage', 'the file that AWS_CA_BUNDLE names cannot be read')
  }
}

/** Enough for the widest fan-out of a collection; more would only wait for the request budget. */
const MAX_SOCKETS = 50
const CONNECTION_TIMEOUT = 10_000
/** A page of a thousand users takes IAM several seconds. */
const REQUEST_TIMEOUT = 60_000

const SILENT = { debug() {}, info() {}, warn() {}, error() {}, trace() {} }

/** The request handler of all clients of a session; sockets are kept open, and go through the proxy where there is one. */
export async function createRequestHandler(env: Environment, ca: string | undefined) {
  const { NodeHttpHandler } = await import('@smithy/node-http-handler')
  const agentOptions = { keepAlive: true, maxSockets: MAX_SOCKETS, ...(ca === undefined ? {} : { ca }) }
  const handlerFor = (httpAgent: HttpAgent, httpsAgent: HttpsAgent) =>
    new NodeHttpHandler({
      httpAgent,
      httpsAgent,
      connectionTimeout: CONNECTION_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      throwOnRequestTimeout: true,
      logger: SILENT,
    })
  const direct = handlerFor(new HttpAgent(agentOptions), new HttpsAgent(agentOptions))
  const isProxied = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].some(
    (name) => env[name],
  )
  if (!isProxied) return direct

  const { HttpProxyAgent, HttpsProxyAgent } = await import('hpagent')
  type Handler = typeof direct
  const proxied = new Map<string, Handler>()
  const handlerThrough = (proxy: URL): Handler => {
    const known = proxied.get(proxy.href)
    if (known) return known
    const options = { ...agentOptions, proxy: proxy.href }
    const handler = handlerFor(new HttpProxyAgent(options), new HttpsProxyAgent(options))
    proxied.set(proxy.href, handler)
    return handler
  }
  const routing: RequestHandler<HttpRequest, Awaited<ReturnType<Handler['handle']>>['response']> & {
    destroy(): void
    updateHttpClientConfig(): void
    httpHandlerConfigs(): object
  } = {
    metadata: { handlerProtocol: 'http/1.1' },
    handle(request, options) {
      const proxy = proxyFor(request, env)
      const handler = proxy ? handlerThrough(proxy) : direct
      return handler.handle(request as Parameters<Handler['handle']>[0], options)
    },
    destroy() {
      direct.destroy()
      for (const handler of proxied.values()) handler.destroy()
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  }
  return routing as unknown as Handler
}
