/** Credentials that need no ID beside them, and session tokens. */
import { tableOf } from './runs.ts'

/**
 * Amazon Bedrock API keys. Long-term: `ABSK` and base64 of the credential's name, account and secret. Short-term:
 * `bedrock-api-key-` and base64 of a presigned URL.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
 */
export const BEDROCK_KEY =
  /(?<![A-Za-z0-9+/])ABSK[A-Za-z0-9+/]{40,400}={0,2}(?![A-Za-z0-9+/=])|(?<![A-Za-z0-9+/-])bedrock-api-key-[A-Za-z0-9+/_-]{60,8000}={0,2}(?![A-Za-z0-9+/=])/g

export interface BedrockKey {
  accountId: string | null
  accessKeyId: string | null
  /** null: it does not decode to what such a key says of itself. */
  reason: string | null
}

/** What the key says of itself. */
export function readBedrockKey(key: string): BedrockKey {
  const long = key.startsWith('ABSK')
  const text = Buffer.from(key.slice(long ? 4 : 'bedrock-api-key-'.length), 'base64').toString('latin1')
  if (long) {
    const account = /BedrockAPIKey-[\w+=,.@-]{1,64}?-at-(\d{12}):/.exec(text)?.[1] ?? null
    return {
      accountId: account,
      accessKeyId: null,
      reason: account ? `a long-term Bedrock API key of account ${account}` : null,
    }
  }
  if (!/bedrock\.amazonaws\.com/.test(text)) return { accountId: null, accessKeyId: null, reason: null }
  const id = /X-Amz-Credential=(A[KS]IA[A-Z2-7]{16})/.exec(text)?.[1] ?? null
  return { accountId: null, accessKeyId: id, reason: 'a short-term Bedrock API key' }
}

/** A session token: 100 characters of base64 or more, under its name or with the beginning that STS gives it. */
export const SESSION_TOKEN =
  /(?<![A-Za-z0-9+/])(?:(?:IQo[A-Za-z]|Fwo[A-Za-z]|FQo[A-Za-z]|AQo[A-Za-z])[A-Za-z0-9+/%]{96,4000}={0,2}|(?<=(?:session|security)[\s_-]?token[^A-Za-z0-9\n]{0,40}(?:value[^A-Za-z0-9\n]{0,12})?)[A-Za-z0-9+/%]{100,4000}={0,2})/gi

/** A session token has so many characters in a row at least. */
export const SHORTEST_TOKEN = 100
/** What it consists of, but for its padding. */
export const IN_TOKEN = tableOf(/[A-Za-z0-9+/%]/)

/** An `Expiration` beside temporary credentials, as STS and the instance metadata service write it. */
export const EXPIRATION =
  /expir(?:ation|es|y)\w*["'\s:=>]{1,12}["']?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)/gi
