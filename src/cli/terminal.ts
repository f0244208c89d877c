/** What the terminal can do: its width, and whether colour is wanted. */

export interface Terminal {
  width: number
  color: boolean
}

/** For standard output; a file gets neither colour nor the terminal's width. */
export function terminalFor(file: string | null): Terminal {
  const { env, stdout } = process
  const columns = stdout.columns || Number(env.COLUMNS)
  const width = file === null && Number.isInteger(columns) && columns > 0 ? columns : 100
  return { width: Math.max(40, Math.min(width, 240)), color: file === null && wantsColor() }
}

/** https://no-color.org, and FORCE_COLOR as Node.js itself reads it. */
function wantsColor(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  if (NO_COLOR) return false
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return Boolean(process.stdout.isTTY) && TERM !== 'dumb'
}
