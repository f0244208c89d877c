/** What the terminal can do: its width, and whether colour is wanted. */

export interface Terminal {
  /** Infinity: nothing is wrapped or cut. */
  width: number
  color: boolean
}

/**
 * For standard output, or another stream that is shown there. What is read in a file or a pipe is searched by programs:
 * it gets no colour and whole lines, unless COLUMNS asks for others.
 */
export function terminalFor(file: string | null, stream: NodeJS.WriteStream = process.stdout): Terminal {
  if (file !== null) return { width: Infinity, color: false }
  const columns = stream.columns || Number(process.env.COLUMNS)
  const isKnown = Number.isInteger(columns) && columns > 0
  if (!isKnown) return { width: stream.isTTY ? 100 : Infinity, color: wantsColor(stream) }
  return { width: Math.max(40, Math.min(columns, 240)), color: wantsColor(stream) }
}

/** https://no-color.org, and FORCE_COLOR as Node.js itself reads it. */
function wantsColor({ isTTY }: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (NO_COLOR) return false
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return Boolean(isTTY) && TERM !== 'dumb'
}
