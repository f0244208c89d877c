/** Runs a program with something on its standard input that is in no argument and no environment. */
import { spawn } from 'node:child_process'

export interface ChildRun {
  /** null: it was ended by a signal, or could not be started. */
  code: number | null
  stdout: string
  /** Both streams together, in the order in which they came. */
  output: string
  /** Why it could not be started, or was stopped. */
  fault: string | null
}

export interface ChildOptions {
  input: string
  timeoutMs: number
  /** Characters of each output that are kept; what comes after them is read and dropped. */
  maxOutput?: number
}

const MAX_OUTPUT = 1024 * 1024

export function runChild(
  command: string,
  args: readonly string[],
  { input, timeoutMs, maxOutput = MAX_OUTPUT }: ChildOptions,
): Promise<ChildRun> {
  return new Promise((resolve) => {
    const run: ChildRun = { code: null, stdout: '', output: '', fault: null }
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    const timer = setTimeout(() => {
      run.fault = `it did not end within ${Math.round(timeoutMs / 1000)} seconds`
      child.kill('SIGKILL')
      // whatever it started may keep the pipes open
      child.stdout.destroy()
      child.stderr.destroy()
    }, timeoutMs)
    const end = () => {
      clearTimeout(timer)
      resolve(run)
    }
    child.on('error', (error: NodeJS.ErrnoException) => {
      run.fault = `it could not be started (${error.code ?? 'error'})`
      end()
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (run.stdout.length < maxOutput) run.stdout += text
      if (run.output.length < maxOutput) run.output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (run.output.length < maxOutput) run.output += text
    })
    child.on('close', (code) => {
      run.code = run.fault === null ? code : null
      end()
    })
    // a program may end without reading
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}
