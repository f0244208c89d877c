/** Hooks that refuse a commit, or a push, with a leaked key in it. A hook that is already there goes on working. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { KeyreeveError } from '../../model/errors.ts'

export const HOOKS = ['pre-commit', 'pre-push'] as const
export type HookName = (typeof HOOKS)[number]

/** By this line a hook is known to be keyreeve's. */
const MARK = '# keyreeve hook'
const BEFORE = '.before-keyreeve'

export interface HookOptions {
  /** What to run: Node.js and the command's file, as they are now. */
  command: readonly [node: string, main: string]
  /** Options for the scan, such as a baseline. */
  scanOptions: readonly string[]
}

/** What was done to one hook's file. */
export interface HookChange {
  path: string
  what: 'installed' | 'renewed' | 'removed' | 'was not installed'
  /** A hook of somebody else that keyreeve's runs first; or that was put back. */
  other: string | null
}

/**
 * The folder of a repository's hooks, which `core.hooksPath` may have moved. Here git is asked as its user would ask it,
 * with the user's configuration: git tells, it runs nothing.
 * @throws KeyreeveError when it is no repository, or git refuses it
 */
export function hooksFolder(path: string): string {
  try {
    const answer = execFileSync('git', ['rev-parse', '--git-path', 'hooks'], {
      cwd: path,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return resolve(path, answer.replace(/\n$/, ''))
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string }
    if (code === 'ENOENT') throw new KeyreeveError('input', '`git` is not installed')
    throw new KeyreeveError('input', stderr?.split('\n')[0] || 'git does not tell where hooks are', {
      hint: 'run this in the working tree of a repository',
    })
  }
}

/** Puts a hook into the folder. One of somebody else is kept beside it, and run first. @throws KeyreeveError */
export function installHook(folder: string, name: HookName, options: HookOptions): HookChange {
  const path = join(folder, name)
  const before = path + BEFORE
  return writing(path, () => {
    mkdirSync(folder, { recursive: true })
    const renew = isOurs(path)
    if (!renew && isThere(path)) {
      if (isThere(before))
        throw new KeyreeveError('input', `there are two other hooks: \`${path}\` and \`${before}\``, {
          hint: 'make one of them of both',
        })
      renameSync(path, before)
    }
    const fresh = `${path}.${process.pid}`
    writeFileSync(fresh, scriptOf(name, options), { flag: 'wx' })
    chmodSync(fresh, 0o755)
    renameSync(fresh, path)
    return { path, what: renew ? 'renewed' : 'installed', other: isThere(before) ? before : null }
  })
}

/** Takes keyreeve's hook away, and puts back the one that was there before. @throws KeyreeveError */
export function uninstallHook(folder: string, name: HookName): HookChange {
  const path = join(folder, name)
  const before = path + BEFORE
  return writing(path, () => {
    if (!isOurs(path)) return { path, what: 'was not installed', other: null }
    if (isThere(before)) {
      renameSync(before, path)
      return { path, what: 'removed', other: path }
    }
    rmSync(path)
    return { path, what: 'removed', other: null }
  })
}

function writing<T>(path: string, change: () => T): T {
  try {
    return change()
  } catch (error) {
    if (error instanceof KeyreeveError) throw error
    throw new KeyreeveError('output', `cannot change \`${path}\` (${(error as NodeJS.ErrnoException).code})`, {
      cause: error,
    })
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function isOurs(path: string): boolean {
  return existsSync(path) && readFileSync(path, 'utf8').includes(MARK)
}

/** How git runs hooks, and what it gives them: githooks(5). */
function scriptOf(name: HookName, { command: [node, main], scanOptions }: HookOptions): string {
  const options = scanOptions.map(quoted).join(' ')
  const lines = [
    '#!/bin/sh',
    `${MARK}: made by "keyreeve scan install-hook", taken away by "keyreeve scan install-hook --uninstall"`,
    `before="$0${BEFORE}"`,
    'scan() {',
    `  if [ -x ${quoted(node)} ] && [ -f ${quoted(main)} ]; then ${quoted(node)} ${quoted(main)} scan "$@"`,
    '  elif command -v keyreeve >/dev/null 2>&1; then keyreeve scan "$@"',
    '  else',
    '    echo "keyreeve is not installed any more, so this was not scanned for AWS keys." >&2',
    `    echo "Install it, or remove the hook $0; once, --no-verify goes on without." >&2`,
    '    return 2',
    '  fi',
    '}',
  ]
  if (name === 'pre-commit')
    lines.push('[ ! -x "$before" ] || "$before" "$@" || exit $?', `scan --staged --no-snapshot ${options}`.trimEnd())
  else
    lines.push(
      'pushed=$(cat)',
      '[ ! -x "$before" ] || printf \'%s\\n\' "$pushed" | "$before" "$@" || exit $?',
      `printf '%s\\n' "$pushed" | scan --pushed "$1" --no-snapshot ${options}`.trimEnd(),
    )
  // 3: something could not be read, and it was said what; nothing was found in the rest
  lines.push('status=$?', '[ "$status" -eq 3 ] && exit 0', 'exit "$status"')
  return `${lines.join('\n')}\n`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
