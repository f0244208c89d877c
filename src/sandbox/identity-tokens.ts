/**
 * The sandbox's OpenID Connect issuer: signs in the name of any provider that an account has registered, and checks
 * what `AssumeRoleWithWebIdentity` is given.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
import { createLocalJWKSet, decodeJwt, errors, exportJWK, generateKeyPair, type JWK, jwtVerify, SignJWT } from 'jose'
import { AwsError } from './aws-error.ts'
import type { Caller } from './call.ts'
import { nowOf, type World } from './state.ts'

const KEY_ID = 'sandbox'

interface IssuerKey {
  privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey']
  jwk: JWK
}

let key: Promise<IssuerKey> | null = null

/** One key for the life of the process: nothing outside can sign, and nothing is kept. */
function issuerKey(): Promise<IssuerKey> {
  key ??= generateKeyPair('RS256').then(async ({ privateKey, publicKey }) => ({
    privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'RS256', use: 'sig' },
  }))
  return key
}

/** What providers publish of their keys. */
export async function publishedKeys(): Promise<{ keys: JWK[] }> {
  return { keys: [(await issuerKey()).jwk] }
}

export interface IdentityTokenRequest {
  /** `https://token.actions.githubusercontent.com`; with or without the scheme. */
  issuer: string
  subject: string
  /** Default: `sts.amazonaws.com`. */
  audience?: string | undefined
  /** Seconds that it lasts; default an hour. Negative: it has run out. */
  lifetime?: number
}

/** A token as that provider would give out. */
export async function issueToken(world: World, request: IdentityTokenRequest): Promise<string> {
  const { issuer, subject, audience = 'sts.amazonaws.com', lifetime = 3600 } = request
  const now = Math.floor(nowOf(world).getTime() / 1000)
  return new SignJWT({})
    .setProtectedHeader({ alg: 'RS256', kid: KEY_ID })
    .setIssuer(`https://${withoutScheme(issuer)}`)
    .setSubject(subject)
    .setAudience(audience)
    .setIssuedAt(Math.min(now, now + lifetime))
    .setExpirationTime(now + lifetime)
    .sign((await issuerKey()).privateKey)
}

function withoutScheme(url: string): string {
  return url.replace(/^https:\/\//, '').replace(/\/$/, '')
}

/** Who is behind a token. Throws AWS's errors for one that is no good. */
export async function callerOfToken(world: World, roleArn: string, token: string): Promise<Caller> {
  const accountId = /^arn:[^:]+:iam::(\d{12}):role\/./.exec(roleArn)?.[1]
  const account = accountId === undefined ? undefined : world.accounts.get(accountId)
  if (!account) throw new AwsError('ValidationError', 'Request ARN is invalid')
  const issuer = issuerOf(token)
  const provider = [...account.oidcProviders.values()].find(({ url }) => withoutScheme(url) === withoutScheme(issuer))
  if (!provider) throw invalidToken(`No OpenIDConnect provider found in your account for ${issuer}`)
  const payload = await verified(world, token)
  const audience = [payload.aud ?? []].flat()
  const known = audience.find((name) => provider.clientIds.includes(name))
  if (known === undefined) throw invalidToken('Incorrect token audience')
  const authenticationMethods = Array.isArray(payload.amr)
    ? payload.amr.filter((method) => typeof method === 'string')
    : []
  const claims = { subject: payload.sub ?? '', audience: known, authenticationMethods }
  return { account, accessKeyId: '', principal: { kind: 'web-identity', provider, claims }, session: null }
}

function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? ''
  } catch {
    throw invalidToken('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)')
  }
}

async function verified(world: World, token: string) {
  try {
    const options = { currentDate: nowOf(world), algorithms: ['RS256'] }
    return (await jwtVerify(token, createLocalJWKSet(await publishedKeys()), options)).payload
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw new AwsError('ExpiredTokenException', 'Token expired: its expiration date/time has passed')
    throw invalidToken("Couldn't retrieve verification key from your identity provider, or the signature is wrong")
  }
}

function invalidToken(message: string): AwsError {
  return new AwsError('InvalidIdentityToken', message)
}
