/** Made-up credentials: random at run time, so that no scanner finds one in this file. */
import type { BlobPlace } from '../../src/scan/source.ts'
export type Random = () => number
/** A place of which nothing is known but that it is a file. */
export declare const FILE_PLACE: BlobPlace
/** Numbers in [0, 1) from a seed (xorshift32), the same in every run. */
export declare function seeded(seed: number): Random
export declare function randomText(random: Random, alphabet: string, length: number): string
/** Twelve digits. */
export declare function randomAccount(random: Random): string
/** An ID as AWS makes them: the account in it, the rest random. */
export declare function randomKeyId(
  random: Random,
  prefix?: 'AKIA' | 'ASIA' | 'ABIA' | 'ACCA',
  account?: string,
): string
/** 40 characters of base64, as AWS makes them. */
export declare function randomSecret(random: Random): string
/** What STS gives beside a temporary key. */
export declare function randomSessionToken(random: Random): string
export interface PlantedPair {
  id: string
  secret: string
}
export declare function plantedPair(random: Random, prefix?: 'AKIA' | 'ASIA'): PlantedPair
