/** What all programs do around what they are asked to. Only `cli` writes to the terminal and ends the process. */
import { EXIT, exitCodeOf, printError } from './errors.ts'

export async function runCommand(command: () => Promise<unknown>): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // a reader that has seen enough (`| head`) is no error
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok)
    process.stderr.write(`keyreeve: cannot write to standard output (${error.code ?? error.name})\n`)
    process.exit(EXIT.failed)
  })
  // nobody reads what is said beside the results: no reason to stop half-way
  process.stderr.on('error', () => undefined)
  try {
    await command()
  } catch (error) {
    printError(error)
    process.exitCode = exitCodeOf(error)
  }
}
