/** Buckets of S3 and what lies in them. Their names are unique over all accounts. */
import { createHash } from 'node:crypto'
import type { Account, World } from './state.ts'
import { secondOf, touch } from './state.ts'

export interface Bucket {
  name: string
  arn: string
  region: string
  /** The owner. */
  accountId: string
  createDate: Date
  policy: string | null
  publicAccessBlock: PublicAccessBlock | null
  /** By key, unordered. */
  objects: Map<string, StoredObject>
}

export interface PublicAccessBlock {
  BlockPublicAcls?: boolean | undefined
  IgnorePublicAcls?: boolean | undefined
  BlockPublicPolicy?: boolean | undefined
  RestrictPublicBuckets?: boolean | undefined
}

export interface StoredObject {
  key: string
  body: Uint8Array
  etag: string
  contentType: string
  contentEncoding: string | null
  lastModified: Date
  metadata: Record<string, string>
}

export function addBucket(world: World, account: Account, region: string, name: string): Bucket {
  if (world.buckets.has(name)) throw new Error(`bucket \`${name}\` exists already`)
  const bucket: Bucket = {
    name,
    arn: `arn:${account.partition}:s3:::${name}`,
    region,
    accountId: account.accountId,
    createDate: secondOf(world),
    policy: null,
    publicAccessBlock: null,
    objects: new Map(),
  }
  world.buckets.set(name, bucket)
  touch(world)
  return bucket
}

type ObjectOptions = Partial<Pick<StoredObject, 'contentType' | 'contentEncoding' | 'metadata'>>

/** Puts an object where another of the same key may have been. */
export function putObject(
  world: World,
  bucket: Bucket,
  key: string,
  body: Uint8Array,
  { contentType = 'binary/octet-stream', contentEncoding = null, metadata = {} }: ObjectOptions = {},
): StoredObject {
  const object: StoredObject = {
    key,
    body,
    etag: `"${createHash('md5').update(body).digest('hex')}"`,
    contentType,
    contentEncoding,
    lastModified: secondOf(world),
    metadata,
  }
  bucket.objects.set(key, object)
  return object
}
