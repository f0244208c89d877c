/** What a scanner makes of a text: IDs, and whose secrets stand with them. */
import { createScanner } from '../../src/scan/scanner.ts'
import { FILE_PLACE } from './generate.ts'

const scanner = createScanner({ fingerprintKey: new Uint8Array(32).fill(7) })

export const fingerprintOf = (secret: string) =>
  scanner.scan(Buffer.from(`aws_secret_access_key = ${secret}`), FILE_PLACE)[0]!.secretFingerprint

/** Which IDs a text holds, and with which secrets; null: none. */
export const pairsIn = (text: string) =>
  scanner
    .scan(Buffer.from(text, 'latin1'), FILE_PLACE)
    .map(({ accessKeyId, secretFingerprint }) => [accessKeyId, secretFingerprint])
