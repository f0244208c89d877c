import { execFileSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { KeyreeveError } from '../../model/errors.ts'
import { visible } from '../visible.ts'

interface InstallHookFlags {
  hook: 'pre-commit' | 'pre-push' | 'both'
  uninstall?: boolean
  baseline?: string
}

export function installHookCommand(): Command {
  return new Command('install-hook')
    .summary('git hooks that stop a commit or a push with a leaked key')
    .description(
      'Installs git hooks that scan what is about to be committed, or pushed, and stop it when a key is in it.\n' +
        'Other hooks go on working: they are kept beside, and run first. core.hooksPath is respected.',
    )
    .addOption(new Option('--hook <which>', 'which hooks').choices(['pre-commit', 'pre-push', 'both']).default('both'))
    .option('--uninstall', 'take the hooks away again, and put back those that were there before')
    .option('--baseline <file>', 'leave out what was accepted before')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .action(async ({ hook, uninstall, baseline }: InstallHookFlags, command: Command) => {
      const { HOOKS, hooksFolder, installHook, uninstallHook } = await import('../../scan/git/hook.ts')
      // `scan` has the option, too, and takes it when it stands before the word
      const accepted = baseline ?? (command.optsWithGlobals().baseline as string | undefined)
      const folder = hooksFolder('.')
      if (!uninstall && HUSKY.test(folder))
        throw new KeyreeveError('input', `husky makes ${visible(folder)} anew at each install, without other hooks`, {
          hint: 'write "keyreeve scan --staged --no-snapshot || [ $? -eq 3 ]" into .husky/pre-commit',
        })
      const main = process.argv[1]!
      for (const name of hook === 'both' ? HOOKS : [hook]) {
        const { path, what, other } = uninstall
          ? uninstallHook(folder, name)
          : installHook(folder, name, {
              command: [process.execPath, main],
              stagedCheck: join(dirname(realpathSync(main)), 'staged-check.cjs'),
              scanOptions: accepted === undefined ? [] : ['--baseline', fromTop(accepted)],
            })
        const more = other === null ? '' : uninstall ? ', the one before it is back' : `, after ${visible(other)}`
        process.stderr.write(`${visible(path)}: ${what}${more}\n`)
      }
    })
}

const HUSKY = /[\\/]\.husky[\\/]_$/

/** git runs hooks in the uppermost folder, of each working tree. */
function fromTop(path: string): string {
  if (isAbsolute(path)) return path
  const prefix = execFileSync('git', ['rev-parse', '--show-prefix'], { encoding: 'utf8' }).replace(/\n$/, '')
  const inTree = join(prefix, path)
  return inTree.startsWith('..') ? resolve(path) : inTree
}

const EXAMPLES = `
Examples:
  keyreeve scan install-hook                                  both hooks
  keyreeve scan install-hook --hook pre-commit
  keyreeve scan install-hook --baseline .keyreeve-baseline    stop only what is new
  keyreeve scan install-hook --uninstall

A hook stops with exit code 1. For once, git commit --no-verify goes on without it.`
