/**
 * A program of the user's, which gets the key as JSON on its standard input. Exit code 0 says that the key is where it
 * belongs; any other says that nothing was changed.
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runChild } from './child.ts'
import { DeliveryError, type Destination, type KeyPair } from './destination.ts'
import { masked } from './mask.ts'

const TIMEOUT_MS = 5 * 60_000
const SHOWN_OUTPUT = 16 * 1024
/** Longer than a secret is in any form in which it may be printed. */
const LONGEST_SECRET = 512
const MAX_OUTPUT = SHOWN_OUTPUT + LONGEST_SECRET

export function commandDestination(
  uri: string,
  { words }: { words: readonly string[] },
  { onOutput, timeoutMs = TIMEOUT_MS }: { onOutput?: ((text: string) => void) | undefined; timeoutMs?: number } = {},
): Destination {
  const [program = '', ...args] = words
  const name = `the command ${words.join(' ')}`
  const run = async (key: KeyPair, about: object): Promise<void> => {
    const input = `${JSON.stringify({ ...key, ...about })}\n`
    const { code, output, fault } = await runChild(program, args, { input, timeoutMs, maxOutput: MAX_OUTPUT })
    const shown = masked(output, key.secretAccessKey)
    // where the output was cut off, half a secret may stand at its end
    const isCutOff = output.length >= MAX_OUTPUT
    if (output !== '') onOutput?.(isCutOff ? `${shown.slice(0, -LONGEST_SECRET)} ...\n` : shown)
    // one that was stopped may have done anything
    if (fault !== null) throw new DeliveryError(`${name} failed: ${fault}`, { isUnchanged: fault.includes('started') })
    if (code !== 0) throw new DeliveryError(`${name} failed with exit code ${code}`, { isUnchanged: code !== null })
  }
  return {
    uri,
    name,
    isReadable: false,
    async look() {
      if (!canRun(program))
        throw new DeliveryError(`${name} cannot be run`, {
          isUnchanged: true,
          hint: 'is it there, and executable? for arguments with blanks write a script',
        })
      return { pair: null }
    },
    async deliver({ key, ...about }) {
      await run(key, about)
      return 'accepted'
    },
    async putBack() {
      throw new DeliveryError(`${name} cannot be taken back`)
    },
  }
}

function canRun(program: string): boolean {
  const places = program.includes('/')
    ? [program]
    : (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, program))
  return places.some((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
