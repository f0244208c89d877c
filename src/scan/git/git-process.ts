/**
 * Runs git where it is asked something: for objects that the reader cannot make, ranges, the index. A repository's
 * configuration can name programs that git runs (hooks, monitors, filters, helpers, signature checks); none is run.
 *
 * git refuses to work in a repository of another user, so as not to obey such a configuration. As none of it is obeyed
 * here, `safe.directory` allows every repository.
 */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { KeyreeveError } from '../../model/errors.ts'
import type { Repository } from './repository.ts'

const OFF = [
  'safe.directory=*',
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.untrackedCache=false',
  'core.sshCommand=false',
  'core.askPass=',
  'credential.helper=',
  'diff.external=',
  'gpg.program=false',
  'log.showSignature=false',
  'protocol.allow=never',
  'submodule.recurse=false',
].flatMap((setting) => ['-c', setting])

const MOST_OUTPUT = 256 * 1024 * 1024
const LONGEST_MS = 10 * 60_000

export function gitArguments(repository: Repository, args: readonly string[]): string[] {
  const place = ['--git-dir', repository.gitDir]
  if (repository.worktree !== null) place.push('--work-tree', repository.worktree)
  return ['--no-pager', '--no-replace-objects', ...place, ...OFF, ...args]
}

export function gitEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {}
  for (const [name, value] of Object.entries(process.env)) if (!name.startsWith('GIT_')) env[name] = value
  return {
    ...env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_PAGER: 'cat',
    LC_ALL: 'C',
  }
}

/**
 * The output of a git command. `env` is for what a commit under way sets; of the caller's own variables for git, none
 * is taken over.
 * @throws KeyreeveError when git is not there, or says that it failed
 */
export function git(repository: Repository, args: readonly string[], env: Record<string, string> = {}): Buffer {
  try {
    return execFileSync('git', gitArguments(repository, args), {
      env: { ...gitEnvironment(), ...env },
      maxBuffer: MOST_OUTPUT,
      timeout: LONGEST_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } catch (error) {
    throw gitFailed(error as NodeJS.ErrnoException & { stderr?: Buffer }, args[0]!)
  }
}

function gitFailed(error: NodeJS.ErrnoException & { stderr?: Buffer }, command: string): KeyreeveError {
  if (error.code === 'ENOENT')
    return new KeyreeveError('input', '`git` is not installed', {
      hint: 'install git, or scan without --since or --staged',
    })
  const said = error.stderr?.toString('utf8').trim().split('\n')[0]
  return new KeyreeveError('input', `git ${command} failed: ${said || error.code || 'no message'}`)
}

export function spawnGit(
  repository: Repository,
  args: readonly string[],
): ChildProcessByStdio<Writable, Readable, null> {
  return spawn('git', gitArguments(repository, args), { env: gitEnvironment(), stdio: ['pipe', 'pipe', 'ignore'] })
}
