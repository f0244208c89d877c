/**
 * What a stream of node:zlib has inside. Using it again for the next content takes a fraction of the time that a new one
 * does, but only Node's own modules are meant to: whoever does tries out first whether it gives the right bytes.
 */
import { constants, type Zlib } from 'node:zlib'

export interface ZlibInside {
  handle: {
    reset(): void
    writeSync(
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputLength: number,
      output: Uint8Array,
      outputAt: number,
      outputLength: number,
    ): void
    onerror: (message: string, errno: number, code: string) => void
  }
  /** After a write: how much room is left in the output, and how much input was not taken. */
  state: Uint32Array
}

const EMPTY = new Uint8Array(0)

/** Null where it is not as it is known to be. It may throw there, too. */
export function insideOf(stream: Zlib): ZlibInside | null {
  const { _handle: handle, _writeState: state } = stream as { _handle?: ZlibInside['handle']; _writeState?: unknown }
  if (typeof handle?.writeSync !== 'function' || typeof handle.reset !== 'function') return null
  if (!(state instanceof Uint32Array)) return null
  handle.writeSync(constants.Z_NO_FLUSH, EMPTY, 0, 0, Buffer.alloc(8), 0, 8)
  return { handle, state }
}
