/** Secrets of Secrets Manager, as a region holds them. */
import { type Account, randomString, regionOf, secondOf, type Tags, touch, type World } from './state.ts'

export interface Secret {
  arn: string
  name: string
  description: string | null
  createDate: Date
  lastChanged: Date
  /** When it was marked for deletion; null: it lives. */
  deletedDate: Date | null
  /** Whether a function of its own rotates it; the sandbox runs none. */
  rotationEnabled: boolean
  /** The service that manages it; null: nobody but its owner. */
  owningService: string | null
  /** By version ID. */
  versions: Map<string, SecretVersion>
  tags: Tags
}

export interface SecretVersion {
  versionId: string
  value: string | Uint8Array
  /** Staging labels: `AWSCURRENT`, `AWSPENDING`... */
  stages: Set<string>
  createDate: Date
  lastAccessed: Date | null
}

export interface SecretOptions {
  description?: string | null
  tags?: Record<string, string>
}

/** A secret without a value yet. */
export function addSecret(
  world: World,
  account: Account,
  regionName: string,
  name: string,
  { description = null, tags = {} }: SecretOptions = {},
): Secret {
  const { secrets } = regionOf(account, regionName)
  if (secrets.has(name)) throw new Error(`secret \`${name}\` exists already`)
  const suffix = randomString(world.random, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 6)
  const createDate = secondOf(world)
  const secret: Secret = {
    arn: `arn:${account.partition}:secretsmanager:${regionName}:${account.accountId}:secret:${name}-${suffix}`,
    name,
    description,
    rotationEnabled: false,
    owningService: null,
    createDate,
    lastChanged: createDate,
    deletedDate: null,
    versions: new Map(),
    tags: new Map(Object.entries(tags)),
  }
  secrets.set(name, secret)
  touch(world)
  return secret
}
