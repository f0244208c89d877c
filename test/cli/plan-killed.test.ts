/**
 * `kill -9` in the middle of an apply, wherever the journal stands: run again and again, the plan comes to the same end
 * as one that nobody killed.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { planSchema } from '../../src/model/plan.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { neglectedAccount, stateOf } from '../fix/neglected-account.ts'
import { keyreeve } from './keyreeve.ts'

interface Stage {
  sandbox: Sandbox
  account: ReturnType<typeof neglectedAccount>['account']
  plan: string
  apply: (during?: (child: import('node:child_process').ChildProcess) => Promise<void>) => ReturnType<typeof keyreeve>
}

async function planned(): Promise<Stage> {
  const { world, account } = neglectedAccount()
  const sandbox = await startSandbox({ world, settings: { credentialReportDelayMs: 0 } })
  const cwd = mkdtempSync(join(tmpdir(), 'keyreeve-killed-'))
  const env = {
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_REGION: sandbox.region,
    AWS_ACCESS_KEY_ID: sandbox.accessKeyId,
    AWS_SECRET_ACCESS_KEY: sandbox.secretAccessKey,
  }
  const checks = ['key-unused', 'user-policy-direct'].flatMap((check) => ['--check', check])
  await keyreeve(['plan', '--no-workloads', ...checks], { cwd, env })
  const folder = join(cwd, '.keyreeve', 'plans')
  const plan = join(folder, readdirSync(folder).find((name) => !name.includes('snapshot'))!)
  const apply: Stage['apply'] = (during) =>
    keyreeve(['apply', plan, '--yes', '--json'], { cwd, env, ...(during && { during }) })
  return { sandbox, account, plan, apply }
}

it('a plan that is killed at every third line of its journal ends as one that is not', async () => {
  const [whole, killed] = [await planned(), await planned()]
  const journal = killed.plan.replace(/\.json$/, '.journal')
  const lines = () => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length - 1 : 0)
  try {
    expect((await whole.apply()).code).toBe(0)
    let kills = 0
    let last: Awaited<ReturnType<typeof keyreeve>>
    for (;;) {
      const until = lines() + 3
      last = await killed.apply(async (child) => {
        while (lines() < until && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 1))
        child.kill('SIGKILL')
      })
      if (last.code === 0) break
      expect(++kills).toBeLessThan(60)
      // as if the time had passed after which a lock without an owner lets go
      const lock = `${killed.plan}.lock`
      if (existsSync(lock)) utimesSync(lock, new Date(0), new Date(0))
    }
    expect(kills).toBeGreaterThan(4)
    const outcomes: { outcome: string }[] = JSON.parse(last.stdout).steps
    expect(outcomes).toHaveLength(planSchema.parse(JSON.parse(readFileSync(killed.plan, 'utf8'))).steps.length)
    for (const { outcome } of outcomes) expect(['done', 'was-done', 'already', 'waits']).toContain(outcome)
    expect(stateOf(killed.account)).toEqual(stateOf(whole.account))
    expect(readFileSync(journal, 'utf8')).not.toContain(killed.sandbox.secretAccessKey)
  } finally {
    await Promise.all([whole.sandbox.close(), killed.sandbox.close()])
  }
})
