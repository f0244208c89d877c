/** Asks a person for something that must not be shown. */
import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { KeyreeveError } from '../model/errors.ts'

/** @throws {KeyreeveError} (`usage`) where nobody can be asked: to be known before there is much to read */
export function checkAskable(): void {
  if (!process.stdin.isTTY)
    throw new KeyreeveError('usage', 'there is no terminal to ask on', { hint: '`--yes` does it without asking' })
}

/**
 * Asks for a yes. Ctrl-C and the end of the input are none.
 * @throws {KeyreeveError} (`usage`) where nobody can be asked
 */
export async function askYes(question: string): Promise<boolean> {
  checkAskable()
  return ask(question, process.stdin, process.stderr)
}

/** The same, of whom is given. */
export async function ask(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  const lines = createInterface({ input, output })
  try {
    // Ctrl-C rejects it; where the input ends, it is never settled
    const answered = lines.question(`${question} [y/N] `).catch(() => null)
    const answer = await Promise.race([answered, once(lines, 'close').then(() => null)])
    if (answer === null) output.write('\n')
    return answer !== null && /^y(es)?$/i.test(answer.trim())
  } finally {
    lines.close()
  }
}

/** Reads one line from the terminal without echo. */
export async function askSecretly(question: string): Promise<string> {
  const { stdin, stderr } = process
  if (!stdin.isTTY)
    throw new KeyreeveError('credentials', 'an MFA code is needed, and there is no terminal to ask for it', {
      hint: 'use a profile with credentials that need no prompt, e.g. from `aws sso login`',
    })
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.resume()
  try {
    let answer = ''
    for await (const chunk of stdin) {
      for (const c of String(chunk)) {
        if (c === '\r' || c === '\n') return answer
        if (c === '\u0003') throw new KeyreeveError('interrupted', 'interrupted')
        answer = c === '\u007f' ? answer.slice(0, -1) : answer + c
      }
    }
    return answer
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}
