/** The address ranges that AWS publishes, from a file that the user downloaded: keyreeve fetches nothing by itself. */
import { readFile, stat } from 'node:fs/promises'
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { join } from 'node:path'
import * as z from 'zod'
import { InputError } from '../../model/errors.ts'
import { AwsPlaces, type AwsPrefix } from '../names/aws-places.ts'

/** Read when no other file is named. */
export const WORKSPACE_RANGES = join('.keyreeve', 'ip-ranges.json')

/** https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-syntax.html */
const name = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .optional()
const rangesFile = z.object({
  prefixes: z.array(z.object({ ip_prefix: z.string(), service: name, region: name })).max(200_000),
  ipv6_prefixes: z.array(z.object({ ipv6_prefix: z.string(), service: name, region: name })).max(200_000),
})

const LARGEST = 64 * 1024 * 1024

/**
 * The ranges alone.
 * @param file `ip-ranges.json` of AWS; absent: that of the workspace, if it is there
 * @returns null: no file was named, and the workspace has none
 * @throws InputError when the file is not there, or is another
 */
export async function readAwsRanges(file?: string): Promise<BlockList | null> {
  const read = await textOf(file)
  return read && rangesIn(read.text, read.path)
}

/** The same with the services and regions that they belong to. */
export async function readAwsPlaces(file?: string): Promise<AwsPlaces | null> {
  const read = await textOf(file)
  return read && new AwsPlaces(prefixesIn(read.text, read.path))
}

async function textOf(file: string | undefined): Promise<{ text: string; path: string } | null> {
  const path = file ?? WORKSPACE_RANGES
  const there = await stat(path).catch(() => null)
  if (!there?.isFile()) {
    if (file === undefined && !there) return null
    throw new InputError(`there is no file \`${path}\``, { hint: HINT })
  }
  return { text: there.size <= LARGEST ? await readFile(path, 'utf8') : '', path }
}

const HINT = 'AWS publishes the file at https://ip-ranges.amazonaws.com/ip-ranges.json'

/** @throws InputError when it is not the file of AWS */
export function rangesIn(text: string, path: string): BlockList {
  const ranges = new BlockList()
  // a range stands there once for each service that it belongs to
  const distinct = new Map(prefixesIn(text, path).map((prefix) => [`${prefix.address}/${prefix.length}`, prefix]))
  for (const { address, length, family } of distinct.values()) ranges.addSubnet(address, length, family)
  return ranges
}

/** @throws InputError when it is not the file of AWS */
export function prefixesIn(text: string, path: string): AwsPrefix[] {
  const parsed = rangesFile.safeParse(parseJson(text))
  if (!parsed.success) throw new InputError(`\`${path}\` is not a list of AWS's address ranges`, { hint: HINT })
  const prefixes = [
    ...parsed.data.prefixes.map(({ ip_prefix, ...place }) => ({ prefix: ip_prefix, ...place })),
    ...parsed.data.ipv6_prefixes.map(({ ipv6_prefix, ...place }) => ({ prefix: ipv6_prefix, ...place })),
  ]
  return prefixes.map(({ prefix, service = 'AMAZON', region = 'GLOBAL' }) => {
    const [address = '', bits = ''] = prefix.split('/')
    const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : null
    const length = Number(bits)
    if (family === null || !/^\d{1,3}$/.test(bits) || length < 1 || length > (family === 'ipv4' ? 32 : 128))
      throw new InputError(`\`${path}\` has a range that is none`, { hint: HINT })
    return { family, address, length, service, region }
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
