/** The address ranges that AWS publishes, from a file that the user downloaded: keyreeve fetches nothing by itself. */
import { readFile, stat } from 'node:fs/promises'
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { join } from 'node:path'
import * as z from 'zod'
import { InputError } from '../../model/errors.ts'

/** Read when no other file is named. */
export const WORKSPACE_RANGES = join('.keyreeve', 'ip-ranges.json')

/** https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-syntax.html */
const rangesFile = z.object({
  prefixes: z.array(z.object({ ip_prefix: z.string() })).max(200_000),
  ipv6_prefixes: z.array(z.object({ ipv6_prefix: z.string() })).max(200_000),
})

const LARGEST = 64 * 1024 * 1024

/**
 * @param file `ip-ranges.json` of AWS; absent: that of the workspace, if it is there
 * @returns null: no file was named, and the workspace has none
 * @throws InputError when the file is not there, or is another
 */
export async function readAwsRanges(file?: string): Promise<BlockList | null> {
  const path = file ?? WORKSPACE_RANGES
  const there = await stat(path).catch(() => null)
  if (!there) {
    if (file === undefined) return null
    throw new InputError(`there is no \`${path}\``, { hint: HINT })
  }
  const text = there.size <= LARGEST ? await readFile(path, 'utf8') : ''
  return rangesIn(text, path)
}

const HINT = 'AWS publishes the file at https://ip-ranges.amazonaws.com/ip-ranges.json'

/** @throws InputError when it is not the file of AWS */
export function rangesIn(text: string, path: string): BlockList {
  const parsed = rangesFile.safeParse(parseJson(text))
  if (!parsed.success) throw new InputError(`\`${path}\` is not a list of AWS's address ranges`, { hint: HINT })
  const prefixes = [
    ...parsed.data.prefixes.map(({ ip_prefix }) => ip_prefix),
    ...parsed.data.ipv6_prefixes.map(({ ipv6_prefix }) => ipv6_prefix),
  ]
  const ranges = new BlockList()
  // a range stands there once for each service that it belongs to
  for (const prefix of new Set(prefixes)) {
    const [address = '', bits = ''] = prefix.split('/')
    const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : null
    const length = Number(bits)
    if (family === null || !/^\d{1,3}$/.test(bits) || length < 1 || length > (family === 'ipv4' ? 32 : 128))
      throw new InputError(`\`${path}\` has a range that is none`, { hint: HINT })
    ranges.addSubnet(address, length, family)
  }
  return ranges
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
