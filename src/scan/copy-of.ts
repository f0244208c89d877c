/** A copy, whatever they are: `slice` of a Buffer, which is a Uint8Array too, gives the same memory. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}
