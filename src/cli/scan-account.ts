/** `scan --account`: an account's configuration, on its way to the detectors. */
import type { AccountScan } from '../collect/account-config/index.ts'
import type { LeakCollector } from '../scan/collect-leaks.ts'
import type { Scanner } from '../scan/scanner.ts'
import type { BlobPlace } from '../scan/source.ts'
import { type AwsFlags, withSession } from './account-data.ts'

export interface Unpacking {
  isArchive(head: Uint8Array, name: string): boolean
  expand(bytes: Uint8Array, place: BlobPlace, sink: LeakCollector): void | Promise<void>
}

/**
 * Reads the configuration of the account that the flags name. Ctrl-C ends the reading: what was found until then counts.
 * @param unpacking looks into archives; absent: they are looked at as they are
 */
export async function scanAccountInto(
  collector: LeakCollector,
  scanner: Scanner,
  flags: AwsFlags,
  unpacking?: Unpacking,
): Promise<AccountScan> {
  const { scanAccount } = await import('../collect/account-config/index.ts')
  return withSession(flags, (session, { abortSignal, onProgress }) =>
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
      async unpack(bytes, place) {
        const isPacked = unpacking?.isArchive(bytes.subarray(0, 600), place.member ?? place.path) ?? false
        if (isPacked) await unpacking!.expand(bytes, place, collector)
        else collector.blob(bytes, place)
      },
    }),
  )
}
