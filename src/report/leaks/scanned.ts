/** What a scan has looked at, in a sentence. */
import { counted, formatNumber } from '../../model/numbers.ts'
import type { Scanned } from '../../model/scan-report.ts'
import { list } from '../words.ts'

/** `12 files looked at, 3.4 MB; 1 skipped.` */
export function scannedWords({ files, blobs, bytes, leftOut, skipped }: Scanned): string {
  const others = blobs - files
  const looked = [
    ...(files > 0 || others === 0 ? [counted(files, 'file')] : []),
    ...(others > 0 ? [counted(others, 'other object')] : []),
  ]
  const not = [
    ...(skipped.length > 0 ? [`${formatNumber(skipped.length)} skipped`] : []),
    ...(leftOut > 0 ? [`${formatNumber(leftOut)} left out by .gitignore (--no-gitignore looks at them)`] : []),
  ]
  return `${[`${list(looked)} looked at, ${sizeWords(bytes)}`, ...not].join('; ')}.`
}

function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  const units = ['kB', 'MB', 'GB', 'TB']
  let size = bytes
  let unit = -1
  while (size >= 999.95 && unit < units.length - 1) {
    size /= 1000
    unit++
  }
  return `${size.toFixed(1)} ${units[unit]}`
}
