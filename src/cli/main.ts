#!/usr/bin/env node
/** The command. Only here and in the files beside it do `process.exit` codes and writing to the terminal appear. */
import { exitCodeOf, printError } from './errors.ts'
import { createProgram } from './program.ts'

// a reader that has seen enough (`| head`) is no error
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
  throw error
})

try {
  const args = process.argv.slice(2)
  await createProgram().parseAsync(args.length > 0 ? args : ['--help'], { from: 'user' })
} catch (error) {
  printError(error)
  process.exitCode = exitCodeOf(error)
}
