/** `scan --account`: an account's configuration, on its way to the detectors. */
import type { Command } from 'commander'
import type { AccountScan } from '../collect/account-config/index.ts'
import type { Coverage } from '../model/snapshot.ts'
import type { LeakCollector } from '../scan/collect-leaks.ts'
import type { Scanner } from '../scan/scanner.ts'
import { type AwsFlags, addSessionOptions, withSession } from './account-data.ts'

export interface ScanAccountFlags extends AwsFlags {
  account?: boolean
  printPolicy?: boolean
}

/** The flags of `scan` that look into an account. */
export function addScanAccountOptions(command: Command): Command {
  command
    .option(
      '--account',
      "look into an AWS account's own configuration: user data, environments, code, templates, parameters, in all regions",
    )
    .option('--print-policy', 'print the exact read-only policy that --account needs, and stop')
  return addSessionOptions(command)
}

/** The policy as JSON. */
export async function scanPolicyText(): Promise<string> {
  const { accountScanPolicy } = await import('../collect/permissions.ts')
  return `${JSON.stringify(accountScanPolicy(), null, 2)}\n`
}

/**
 * Reads the configuration of the account that the flags name. Ctrl-C ends the reading: what was found until then counts.
 */
export async function scanAccountInto(
  collector: LeakCollector,
  scanner: Scanner,
  flags: AwsFlags,
): Promise<AccountScan> {
  const [{ scanAccount }, { expand, HEAD_BYTES, isArchive }] = await Promise.all([
    import('../collect/account-config/index.ts'),
    import('../scan/archives/index.ts'),
  ])
  const scan = await withSession(flags, (session, { abortSignal, onProgress }) =>
    scanAccount(session, collector, {
      abortSignal,
      onProgress,
      ...(flags.regions ? { regions: flags.regions } : {}),
      named({ bytes, at }) {
        collector.counts.blobs++
        collector.counts.bytes += bytes.length
        for (const hit of scanner.scan(bytes, at(1).place)) {
          const { place, line } = at(hit.line)
          collector.add([{ ...hit, line }], place)
        }
      },
      unpack(bytes, place) {
        if (isArchive(bytes.subarray(0, HEAD_BYTES), place.member ?? place.path)) expand(bytes, place, collector)
        else collector.blob(bytes, place)
      },
    }),
  )
  for (const { what, why } of gapsOf(scan.coverage)) collector.skip(what, why)
  return scan
}

const WHY: Partial<Record<Coverage['status'], string>> = {
  denied: 'denied',
  throttled: 'throttled',
  truncated: 'cut off',
}

/** What could not be seen; the same in many regions is said once. */
function gapsOf(coverage: readonly Coverage[]): { what: string; why: string }[] {
  const gaps = new Map<string, { source: string; why: string; regions: string[] }>()
  for (const { source, region, status, detail } of coverage) {
    const word = WHY[status]
    if (!word) continue
    const key = `${source} ${status}`
    const gap = gaps.get(key) ?? { source, why: detail ? `${word}: ${detail}` : word, regions: [] }
    if (region !== null) gap.regions.push(region)
    gaps.set(key, gap)
  }
  return [...gaps.values()].map(({ source, why, regions }) => {
    const more = regions.length > 4 ? ` and ${regions.length - 4} more regions` : ''
    return { what: regions.length > 0 ? `${source} in ${regions.slice(0, 4).join(', ')}${more}` : source, why }
  })
}
