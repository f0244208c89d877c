/**
 * Two secrets of GitHub Actions, `PREFIX_ACCESS_KEY_ID` and `PREFIX_SECRET_ACCESS_KEY`, of a repository or of one of its
 * environments. A value is sealed for the repository's public key before it leaves, and can never be read again.
 * https://docs.github.com/en/rest/actions/secrets
 */
import { httpCall } from '../../aws/http-call.ts'
import { KeyreeveError } from '../../model/errors.ts'
import { DeliveryError, type Destination, type KeyPair } from './destination.ts'

export interface GithubSecret {
  owner: string
  repo: string
  environment: string | null
  prefix: string
}

export interface GithubAccess {
  /** The value of GITHUB_TOKEN. */
  token: string | undefined
  /** The value of GITHUB_API_URL. */
  apiUrl: string | undefined
  /** What names the proxy. */
  env: Readonly<Record<string, string | undefined>>
  timeoutMs?: number
}

const API = 'https://api.github.com'
const TIMEOUT_MS = 30_000

export function githubDestination(
  uri: string,
  { owner, repo, environment, prefix }: GithubSecret,
  { token, apiUrl = API, env, timeoutMs = TIMEOUT_MS }: GithubAccess,
): Destination {
  const place = environment === null ? `${owner}/${repo}` : `${owner}/${repo} (environment ${environment})`
  const name = `the secrets ${prefix}_* of ${place}`
  const base = addressOf(apiUrl)
  const path =
    environment === null
      ? `/repos/${owner}/${repo}/actions/secrets`
      : `/repos/${owner}/${repo}/environments/${encodeURIComponent(environment)}/secrets`
  const request = async (method: 'GET' | 'PUT', leaf: string, body?: object): Promise<Record<string, unknown>> => {
    let answer: { status: number; text: string }
    try {
      answer = await httpCall({
        method,
        url: new URL(`${base}${path}/${leaf}`),
        headers: {
          accept: 'application/vnd.github+json',
          authorization: `Bearer ${token}`,
          'x-github-api-version': '2022-11-28',
          'user-agent': 'keyreeve',
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        env,
        timeoutMs,
      })
    } catch (error) {
      // a proxy or a file of authorities that is none
      if (error instanceof KeyreeveError) throw new DeliveryError(`${name}: ${error.message}`, { isUnchanged: true })
      throw new DeliveryError(`${name}: GitHub cannot be reached`, { isUnchanged: method === 'GET' })
    }
    const { status, text } = answer
    if (status < 200 || status > 299)
      throw new DeliveryError(`${name}: GitHub answered ${status} to ${method} ${leaf}`, {
        isUnchanged: status < 500,
        hint: 'the token in GITHUB_TOKEN needs to write secrets of this repository',
      })
    return parsed(text)
  }
  const put = async ({ accessKeyId, secretAccessKey }: KeyPair): Promise<void> => {
    const { key, key_id } = await request('GET', 'public-key')
    if (typeof key !== 'string' || typeof key_id !== 'string')
      throw new DeliveryError(`${name}: GitHub gave no public key`, { isUnchanged: true })
    const seal = await sealerFor(key, name)
    let done = 0
    for (const [leaf, value] of [
      [`${prefix}_SECRET_ACCESS_KEY`, secretAccessKey],
      [`${prefix}_ACCESS_KEY_ID`, accessKeyId],
    ] as const)
      try {
        await request('PUT', leaf, { encrypted_value: seal(value), key_id })
        done++
      } catch (error) {
        // one of two was changed: that pair is no key
        if (error instanceof DeliveryError && done > 0) throw new DeliveryError(error.message, { cause: error })
        throw error
      }
  }
  return {
    uri,
    name,
    isReadable: false,
    async look() {
      if (!token) throw new DeliveryError(`${name}: there is no token`, { isUnchanged: true, hint: 'set GITHUB_TOKEN' })
      await request('GET', 'public-key')
      return { pair: null }
    },
    async deliver({ key }) {
      await put(key)
      return 'accepted'
    },
    async putBack() {
      throw new DeliveryError(`${name} cannot be taken back: GitHub does not tell what they were`)
    },
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** A token goes to GitHub over TLS, or to this machine. */
function addressOf(apiUrl: string): string {
  const url = URL.canParse(apiUrl) ? new URL(apiUrl) : null
  const isLocal = url !== null && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)) || url.username || url.password)
    throw new DeliveryError('GITHUB_API_URL is no https address', { isUnchanged: true })
  return apiUrl.replace(/\/+$/, '')
}

/** Sealed boxes of libsodium, as GitHub asks for them. */
async function sealerFor(publicKey: string, name: string): Promise<(value: string) => string> {
  const { default: sodium } = await import('libsodium-wrappers')
  await sodium.ready
  const bytes = Buffer.from(publicKey, 'base64')
  if (bytes.length !== sodium.crypto_box_PUBLICKEYBYTES)
    throw new DeliveryError(`${name}: GitHub gave no public key`, { isUnchanged: true })
  return (value) => Buffer.from(sodium.crypto_box_seal(Buffer.from(value), bytes)).toString('base64')
}
