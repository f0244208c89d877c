#!/usr/bin/env node
/** The command. Only here and in the files beside it do `process.exit` codes and writing to the terminal appear. */
import { existsSync } from 'node:fs'
import { EXIT, exitCodeOf, printError } from './errors.ts'

/** `scan --staged`, with the options that `scan install-hook` writes: they matter only when something is found. */
function isHookCall([command, first, ...options]: readonly string[]): boolean {
  if (command !== 'scan' || first !== '--staged') return false
  const [option, file, ...more] = options.filter((text) => text !== '--no-snapshot')
  return (
    option === undefined || (option === '--baseline' && more.length === 0 && file !== undefined && existsSync(file))
  )
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // a reader that has seen enough (`| head`) is no error
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok)
  process.stderr.write(`keyreeve: cannot write to standard output (${error.code ?? error.name})\n`)
  process.exit(EXIT.failed)
})

// nobody reads what is said beside the results: no reason to stop half-way
process.stderr.on('error', () => undefined)

try {
  const args = process.argv.slice(2)
  // a hook runs before every commit: it is answered without loading the other commands, where it can be
  if (!(isHookCall(args) && (await (await import('./scan-hook.ts')).staged()))) {
    const { createProgram } = await (args[0] === 'scan' ? import('./scan-program.ts') : import('./program.ts'))
    await createProgram().parseAsync(args.length > 0 ? args : ['--help'], { from: 'user' })
  }
} catch (error) {
  printError(error)
  process.exitCode = exitCodeOf(error)
}
