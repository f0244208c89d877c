/**
 * S3: buckets with a policy, and objects. Versions, uploads in parts and anonymous access are not there.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
import type * as client from '@aws-sdk/client-s3'
import { AwsError } from '../aws-error.ts'
import { addBucket, type Bucket, putObject, type StoredObject } from '../buckets.ts'
import type { Call, Handler, Handlers, Service } from '../call.ts'
import { deliverTrails } from '../trail-delivery.ts'

const PAGE = 1000

const handlers: Handlers<typeof client> = {
  ListBuckets({ world, account }, input) {
    const buckets = [...world.buckets.values()]
      .filter(({ accountId, name }) => accountId === account.accountId && name.startsWith(input.Prefix ?? ''))
      .sort(byName)
    return {
      Buckets: buckets.map(({ name, createDate, region }) => ({
        Name: name,
        CreationDate: createDate,
        BucketRegion: region,
      })),
      Owner: { ID: ownerId(account.accountId) },
    }
  },

  CreateBucket({ world, account, region }, input) {
    const name = input.Bucket!
    if (!/^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
      throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.')
    const wanted = input.CreateBucketConfiguration?.LocationConstraint
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    if (region !== 'us-east-1' && wanted !== region)
      throw new AwsError(
        'IllegalLocationConstraintException',
        `The ${wanted ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
      )
    const held = world.buckets.get(name)
    if (held && held.accountId !== account.accountId)
      throw new AwsError('BucketAlreadyExists', 'The requested bucket name is not available.', 409)
    if (held)
      throw new AwsError(
        'BucketAlreadyOwnedByYou',
        'The bucket you tried to create already exists, and you own it.',
        409,
      )
    const bucket = addBucket(world, account, wanted ?? region, name)
    return { Location: `/${name}`, BucketArn: bucket.arn }
  },

  DeleteBucket(call, input) {
    const bucket = find(call, input.Bucket)
    if (bucket.objects.size > 0)
      throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409)
    call.world.buckets.delete(bucket.name)
  },

  HeadBucket(call, input) {
    const { arn, region } = find(call, input.Bucket)
    return { BucketArn: arn, BucketRegion: region, AccessPointAlias: false }
  },

  GetBucketLocation(call, input) {
    const { region } = find(call, input.Bucket)
    // us-east-1 is the region without a name
    return region === 'us-east-1' ? {} : { LocationConstraint: region as client.BucketLocationConstraint }
  },

  GetBucketAcl(call, input) {
    const owner = { ID: ownerId(find(call, input.Bucket).accountId) }
    return { Owner: owner, Grants: [{ Grantee: { ...owner, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }] }
  },

  GetBucketVersioning(call, input) {
    find(call, input.Bucket)
    return {}
  },

  PutBucketPolicy(call, input) {
    const bucket = find(call, input.Bucket)
    try {
      JSON.parse(input.Policy ?? '')
    } catch {
      throw new AwsError('MalformedPolicy', 'Policies must be valid JSON and the first byte must be {')
    }
    bucket.policy = input.Policy!
  },

  GetBucketPolicy(call, input) {
    const { policy } = find(call, input.Bucket)
    if (policy === null) throw new AwsError('NoSuchBucketPolicy', 'The bucket policy does not exist', 404)
    return { Policy: policy }
  },

  DeleteBucketPolicy(call, input) {
    find(call, input.Bucket).policy = null
  },

  GetPublicAccessBlock(call, input) {
    const { publicAccessBlock } = find(call, input.Bucket)
    if (!publicAccessBlock)
      throw new AwsError(
        'NoSuchPublicAccessBlockConfiguration',
        'The public access block configuration was not found',
        404,
      )
    return { PublicAccessBlockConfiguration: publicAccessBlock }
  },

  PutPublicAccessBlock(call, input) {
    find(call, input.Bucket).publicAccessBlock = input.PublicAccessBlockConfiguration ?? {}
  },

  ListObjectsV2(call, input) {
    const { StartAfter, ContinuationToken } = input
    const token = ContinuationToken === undefined ? null : Buffer.from(ContinuationToken, 'base64').toString('utf8')
    const page = pageOf(call, input, token ?? StartAfter ?? '')
    return {
      ...page.shape,
      KeyCount: page.count,
      ...(StartAfter !== undefined && { StartAfter }),
      ...(ContinuationToken !== undefined && { ContinuationToken }),
      ...(page.last !== null && { NextContinuationToken: Buffer.from(page.last).toString('base64') }),
    }
  },

  ListObjects(call, input) {
    const page = pageOf(call, input, input.Marker ?? '')
    return { ...page.shape, Marker: input.Marker ?? '', ...(page.last !== null && { NextMarker: page.last }) }
  },

  PutObject(call, input) {
    const bucket = find(call, input.Bucket)
    const { etag } = putObject(
      call.world,
      bucket,
      input.Key!,
      (input.Body as Uint8Array | undefined) ?? Buffer.alloc(0),
      {
        ...(input.ContentType !== undefined && { contentType: input.ContentType }),
        contentEncoding: input.ContentEncoding?.replace(/^aws-chunked,?\s*/, '') || null,
        metadata: input.Metadata ?? {},
      },
    )
    return { ETag: etag }
  },

  CopyObject(call, input) {
    const [, name, key] = /^\/?([^/]+)\/(.+)$/.exec(input.CopySource ?? '') ?? []
    const from = findObject(find(call, name), key === undefined ? undefined : decodeURIComponent(key))
    const { etag, lastModified } = putObject(call.world, find(call, input.Bucket), input.Key!, from.body, from)
    return { CopyObjectResult: { ETag: etag, LastModified: lastModified } }
  },

  GetObject(call, input) {
    const object = findObject(find(call, input.Bucket), input.Key)
    const range = rangeOf(input.Range, object.body.length)
    if (!range) return { ...described(object), Body: object.body as never }
    const [from, to] = range
    return {
      ...described(object),
      Body: object.body.subarray(from, to + 1) as never,
      ContentLength: to + 1 - from,
      ContentRange: `bytes ${from}-${to}/${object.body.length}`,
    }
  },

  HeadObject(call, input) {
    return described(findObject(find(call, input.Bucket), input.Key))
  },

  DeleteObject(call, input) {
    find(call, input.Bucket).objects.delete(input.Key!)
  },

  DeleteObjects(call, input) {
    const { objects } = find(call, input.Bucket)
    const { Objects = [], Quiet = false } = input.Delete ?? {}
    for (const { Key } of Objects) objects.delete(Key!)
    return Quiet ? {} : { Deleted: Objects.map(({ Key }) => ({ Key })) }
  },
}

/** The canonical user that stands for an account: made of its number, it tells no more than that. */
function ownerId(accountId: string): string {
  return accountId.padStart(64, '0')
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1
}

function find(call: Call, name: string | undefined): Bucket {
  const bucket = call.world.buckets.get(name ?? '')
  if (!bucket) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404)
  if (bucket.region !== call.region && call.action !== 'GetBucketLocation')
    throw new AwsError(
      'PermanentRedirect',
      'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
      301,
      { BucketRegion: bucket.region },
    )
  // what CloudTrail has to bring comes before somebody looks
  deliverTrails(call)
  return bucket
}

function findObject({ objects }: Bucket, key: string | undefined): StoredObject {
  const object = objects.get(key ?? '')
  if (!object) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404)
  return object
}

function described({ body, etag, contentType, contentEncoding, lastModified, metadata }: StoredObject) {
  return {
    AcceptRanges: 'bytes',
    ContentLength: body.length,
    ContentType: contentType,
    ETag: etag,
    LastModified: lastModified,
    Metadata: metadata,
    ...(contentEncoding !== null && { ContentEncoding: contentEncoding }),
  }
}

/** The first and the last byte that are asked for; null: all of it. */
function rangeOf(range: string | undefined, size: number): [from: number, to: number] | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return null
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (from > to) throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416)
  return [from, to]
}

interface Listing {
  Bucket: string | undefined
  Prefix?: string | undefined
  Delimiter?: string | undefined
  MaxKeys?: number | undefined
  EncodingType?: client.EncodingType | undefined
}

/** Keys in the order of their UTF-8 bytes, those that share a prefix up to the delimiter as one. */
function pageOf(
  call: Call,
  { Bucket, Prefix = '', Delimiter = '', MaxKeys = PAGE, EncodingType }: Listing,
  after: string,
) {
  const { name, objects } = find(call, Bucket)
  const size = Math.min(MaxKeys, PAGE)
  const said = (text: string) => (EncodingType === 'url' ? encodeURIComponent(text).replaceAll('%2F', '/') : text)
  const keys = [...objects.keys()].filter((key) => key.startsWith(Prefix)).sort(byBytes)
  const found: StoredObject[] = []
  const prefixes = new Set<string>()
  let last: string | null = null
  let more = false
  for (const key of keys) {
    const cut = Delimiter === '' ? -1 : key.indexOf(Delimiter, Prefix.length)
    const entry = cut < 0 ? key : key.slice(0, cut + Delimiter.length)
    if (byBytes(entry, after) <= 0 || prefixes.has(entry)) continue
    if (found.length + prefixes.size === size) {
      more = true
      break
    }
    if (cut < 0) found.push(objects.get(key)!)
    else prefixes.add(entry)
    last = entry
  }
  return {
    count: found.length + prefixes.size,
    last: more ? last : null,
    shape: {
      Name: name,
      Prefix: said(Prefix),
      MaxKeys: size,
      IsTruncated: more,
      ...(Delimiter !== '' && { Delimiter: said(Delimiter) }),
      ...(EncodingType !== undefined && { EncodingType }),
      Contents: found.map(({ key, etag, lastModified, body }) => ({
        Key: said(key),
        ETag: etag,
        LastModified: lastModified,
        Size: body.length,
        StorageClass: 'STANDARD' as const,
      })),
      CommonPrefixes: [...prefixes].map((prefix) => ({ Prefix: said(prefix) })),
    },
  }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

export const s3: Service = {
  name: 's3',
  actionPrefix: 's3',
  model: { protocol: 'restXml', version: '2006-03-01', xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/' },
  targetPrefixes: [],
  global: false,
  load: async () => ({ client: await import('@aws-sdk/client-s3'), handlers: handlers as Record<string, Handler> }),
}
