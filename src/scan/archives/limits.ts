/**
 * What one archive may cost. Archives are hostile: a few kilobytes can hold petabytes, or themselves. Whatever is not
 * looked at because of a limit is a skip with its reason.
 */
export interface Limits {
  /** Archives within archives; compression around a container (`tar.gz`) counts as one with it. */
  depth: number
  /** Decompressed bytes for each compressed byte, of any one member; the first MiB is free. */
  ratio: number
  /** Bytes that all decompressors together may put out. */
  inflatedBytes: number
  /** Members of all archives in it together. */
  members: number
  /** Bytes kept in memory at one time: nested archives that are read back to front, dictionaries. */
  heldBytes: number
}

const MIB = 1024 * 1024

/** With these a scan stays under 512 MiB of memory and ends, whatever it is given. */
export const DEFAULT_LIMITS: Limits = {
  depth: 5,
  ratio: 200,
  inflatedBytes: 4096 * MIB,
  members: 200_000,
  heldBytes: 96 * MIB,
}

/** Decompressed bytes before the ratio is looked at: what small files cost is harmless, and their ratio says little. */
export const RATIO_FREE_BYTES = MIB
