/** Plants pairs in every carrier and counts what is found; the test asks for all, the benchmark prints the table. */
import type { Leak } from '../../src/model/leak.ts'
import { createLeakCollector } from '../../src/scan/collect-leaks.ts'
import { createScanner } from '../../src/scan/scanner.ts'
import type { Hit } from '../../src/scan/source.ts'
import { CARRIERS, LOOK_ALIKES } from './carriers.ts'
import { type Files, FOLDER_CARRIERS, FOLDER_LOOK_ALIKES } from './carriers-folders.ts'
import { FILE_PLACE, plantedPair, seeded } from './generate.ts'

const scanner = createScanner({ fingerprintKey: new Uint8Array(32).fill(1) })

export function scanText(content: string | Uint8Array): Hit[] {
  return scanner.scan(typeof content === 'string' ? Buffer.from(content) : content, FILE_PLACE)
}

export function scanFiles(files: Files): Leak[] {
  const collector = createLeakCollector(scanner)
  for (const [path, content] of Object.entries(files)) collector.blob(Buffer.from(content), { ...FILE_PLACE, path })
  return collector.leaks()
}

export interface CarrierResult {
  name: string
  planted: number
  ids: number
  pairs: number
  /** Plausible finds that nobody planted. */
  others: number
}

/** @param rounds pairs for each carrier */
export function recall(rounds: number, seed = 1): CarrierResult[] {
  return CARRIERS.map(({ name, plant }, i) => {
    const random = seeded(seed * 1000 + i)
    const result: CarrierResult = { name, planted: rounds, ids: 0, pairs: 0, others: 0 }
    for (let round = 0; round < rounds; round++) {
      const pair = plantedPair(random)
      const wanted = scanText(`aws ${pair.id}\nsecret=${pair.secret}\n`)[0]?.secretFingerprint
      const hits = scanText(plant(pair, random))
      const mine = hits.filter(({ accessKeyId }) => accessKeyId === pair.id)
      if (mine.length > 0) result.ids++
      if (wanted && mine.some(({ secretFingerprint }) => secretFingerprint === wanted)) result.pairs++
      result.others += hits.filter((hit) => !mine.includes(hit) && hit.class !== 'placeholder').length
    }
    return result
  })
}

/** The same of pairs that lie in two files; both halves are found, and that they belong together. */
export function folderRecall(rounds: number, seed = 1): CarrierResult[] {
  return FOLDER_CARRIERS.map(({ name, plant }, i) => {
    const random = seeded(seed * 1000 + 800 + i)
    const result: CarrierResult = { name, planted: rounds, ids: 0, pairs: 0, others: 0 }
    for (let round = 0; round < rounds; round++) {
      const pair = plantedPair(random)
      const wanted = scanText(`aws ${pair.id}\nsecret=${pair.secret}\n`)[0]?.secretFingerprint
      const leaks = scanFiles(plant(pair))
      const id = leaks.find(({ accessKeyId }) => accessKeyId === pair.id)
      const secret = leaks.find(({ secretFingerprint }) => secretFingerprint === wanted)
      if (id) result.ids++
      if (id && secret && id.otherHalf?.fingerprint === secret.fingerprint) result.pairs++
      result.others += leaks.filter((leak) => leak !== id && leak !== secret).length
    }
    return result
  })
}

export interface LookAlikeResult {
  name: string
  tried: number
  /** What was wrongly found. */
  alarms: (Hit | Leak)[]
}

/** What is plausible, or shown as impossible, in texts that hold nothing. */
export function falseAlarms(rounds: number, seed = 1): LookAlikeResult[] {
  return LOOK_ALIKES.map(({ name, write }, i) => {
    const random = seeded(seed * 1000 + 500 + i)
    const alarms: Hit[] = []
    for (let round = 0; round < rounds; round++)
      alarms.push(...scanText(write(random)).filter((hit) => !['placeholder', 'identifier'].includes(hit.class)))
    return { name, tried: rounds, alarms }
  })
}

/** The same of folders. */
export function folderFalseAlarms(rounds: number, seed = 1): LookAlikeResult[] {
  return FOLDER_LOOK_ALIKES.map(({ name, write }, i) => {
    const random = seeded(seed * 1000 + 900 + i)
    const alarms: Leak[] = []
    for (let round = 0; round < rounds; round++) alarms.push(...scanFiles(write(random)))
    return { name, tried: rounds, alarms }
  })
}
