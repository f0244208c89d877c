/** The ways in which people write credentials down: each takes a made-up pair and gives a file that holds it. */
import { type PlantedPair, type Random } from './generate.ts'
export interface Carrier {
  name: string
  /** The content of the file. `text` is some harmless text, another each time. */
  plant(pair: PlantedPair, random: Random): string | Uint8Array
}
export declare const CARRIERS: readonly Carrier[]
/** What looks like a credential and is none: nothing plausible may be found in it. */
export declare const LOOK_ALIKES: readonly {
  name: string
  write(random: Random): string | Uint8Array
}[]
