/**
 * The command with `scan` alone: it is run before commits and in the middle of incidents, and waits for no other. What
 * is asked for most does not wait for options and their help, either.
 */
import { existsSync } from 'node:fs'
import { plainScan } from './plain-scan.ts'
import { runCommand } from './run-command.ts'
import { runScan } from './run-scan.ts'

export function main(args: readonly string[]): Promise<void> {
  return runCommand(async () => {
    // a hook runs before every commit: it is answered without options, where it can be
    if (isHookCall(args) && (await (await import('./scan-hook.ts')).staged())) return
    const plain = plainScan(args.slice(1))
    if (plain) return runScan(plain.paths, plain.flags, [{ format: plain.format, file: null }])
    const { scanParser } = await import('./scan-parser.ts')
    await scanParser().parseAsync(args, { from: 'user' })
  })
}

/** `scan --staged`, with the options that `scan install-hook` writes: they matter only when something is found. */
function isHookCall([command, first, ...options]: readonly string[]): boolean {
  if (command !== 'scan' || first !== '--staged') return false
  const [option, file, ...more] = options.filter((text) => text !== '--no-snapshot')
  return (
    option === undefined || (option === '--baseline' && more.length === 0 && file !== undefined && existsSync(file))
  )
}
