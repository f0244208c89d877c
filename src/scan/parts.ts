/** Parts of an object, in order: where each begins and ends. */
export interface Parts {
  count: number
  /** from, to, from, to ... Only the first `2 * count` count. */
  ends: Uint32Array
}
