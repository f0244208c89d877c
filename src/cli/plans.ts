/** Plan files of the workspace, and applying them: what `plan`, `apply` and `undo` share. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { failureOf } from '../aws/failure.ts'
import { openRootSession } from '../aws/root-session.ts'
import type { AwsSession } from '../aws/session.ts'
import type { ApplyContext, ApplyEvent, Call } from '../fix/apply/apply.ts'
import { checkPlan } from '../fix/apply/apply.ts'
import { Journal } from '../fix/apply/journal.ts'
import { isUnchanged } from '../fix/make-plan.ts'
import { InputError, KeyreeveError } from '../model/errors.ts'
import { type Outcome, type Plan, planSchema, type Step } from '../model/plan.ts'
import { withLock } from './lock.ts'
import { checkWorkspaceFolder, makeWorkspaceFolder, WORKSPACE } from './workspace.ts'

const FOLDER = join(WORKSPACE, 'plans')

/** Asked before an account is read: what was read would be lost. */
export function checkPlanFolder(): void {
  checkWorkspaceFolder(FOLDER)
}

export async function planFile(plan: Plan): Promise<string> {
  makeWorkspaceFolder(FOLDER)
  return join(FOLDER, `${plan.accountId}-${plan.planId}.json`)
}

/** The snapshot that a plan was made from lies beside it. */
export function snapshotFile(planFile: string): string {
  return `${planFile.replace(/\.json$/, '')}.snapshot.json`
}

/** @throws {InputError} for what is no plan, or one that was changed after it was made */
export async function readPlan(file: string): Promise<Plan> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new InputError(`\`${file}\` is no plan: it is not JSON`, { cause })
    const { code } = cause as NodeJS.ErrnoException
    throw new InputError(`the plan \`${file}\` cannot be read (${code})`, { cause })
  }
  const parsed = planSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new InputError(`\`${file}\` is no plan: ${issue?.path.join('.') || 'the document'} is not what it should be`)
  }
  const plan = parsed.data
  if (!isUnchanged(plan))
    throw new InputError(`the plan \`${file}\` was changed after it was made`, {
      hint: 'make another one; `keyreeve apply --step ID` does a part of one',
    })
  checkPlan(plan)
  return plan
}

/** The journal lies beside the plan. Two runs on one plan at once: the second is refused. */
export async function withJournal<Result>(file: string, run: (journal: Journal) => Promise<Result>): Promise<Result> {
  return withLock(file, `another run works on the plan \`${file}\``, async () => {
    const journal = new Journal(journalFile(file))
    try {
      return await run(journal)
    } finally {
      journal.close()
    }
  })
}

function journalFile(file: string): string {
  return `${file.replace(/\.json$/, '')}.journal`
}

/**
 * Signed in to the account of the plan; or to another, for steps of root's alone, whose sessions are made from there.
 * @returns the account
 */
export async function checkAccount(plan: Plan, session: AwsSession): Promise<string> {
  const { Account } = await session.call('sts', 'GetCallerIdentity', {}).catch((error: unknown) => {
    // a role that could not be assumed
    if (error instanceof KeyreeveError) throw error
    throw new KeyreeveError('credentials', `no use of these credentials: ${failureOf(error).detail}`, { cause: error })
  })
  if (Account === plan.accountId || plan.steps.some(isRoots)) return String(Account)
  throw new KeyreeveError('usage', `the plan is for account ${plan.accountId}, and these credentials are of ${Account}`)
}

const isRoots = ({ session }: Step): boolean => session !== null

export interface ApplyOptions {
  onEvent?: (event: ApplyEvent) => void
  patienceMs?: number
  /** AWS's time; absent: this machine's. */
  now?: () => Date
  /** Ends the run between two calls. */
  stop?: AbortSignal
  /** Which credentials make the calls of which account; absent: the session makes them all. */
  accounts?: Accounts
  /** Signs in again, with what the profile or its process says by now, or throws why not. */
  reopen?: () => Promise<AwsSession>
}

export interface Accounts {
  /** The plan's. */
  accountId: string
  /** That of the session. */
  callerAccount: string
  /** Of the management account, where another profile is for that. */
  management: AwsSession | null
}

export function applyContext(
  session: AwsSession,
  journal: Journal,
  { onEvent, patienceMs, stop, reopen, accounts, now = () => new Date() }: ApplyOptions = {},
): ApplyContext {
  let current = session
  const call: Call = (operation, input) => current.call('iam', operation, input)
  return {
    journal,
    callFor: (step) => (step.session ? rootCall(accounts?.management ?? current, step.session) : Promise.resolve(call)),
    ...(accounts && { lacks: (step) => lackOf(step, accounts) }),
    now,
    sleep: (ms) => sleep(ms, undefined, stop ? { signal: stop } : {}).catch(() => undefined),
    failureOf,
    ...(onEvent && { onEvent }),
    ...(patienceMs !== undefined && { patienceMs }),
    ...(stop && { stop }),
    ...(reopen && {
      async renew() {
        current = await reopen()
        return true
      },
    }),
  }
}

/** Whose credentials a step has to wait for; null: they are there. */
function lackOf(step: Step, { accountId, callerAccount, management }: Accounts): string | null {
  if (!isRoots(step)) return callerAccount === accountId ? null : `credentials of account ${accountId}`
  return management === null && callerAccount === accountId
    ? 'credentials of the management account: --management-profile NAME'
    : null
}

/** Calls as root of a member account, for one task. Asked for anew for each step: they last 15 minutes. */
export async function rootCall(session: AwsSession, { rootOf, task }: NonNullable<Step['session']>): Promise<Call> {
  const root = await openRootSession(session, rootOf, task)
  return (operation, input) => root.call('iam', operation, input)
}

/** One line for each step. */
export function outcomeText(plan: Plan, outcome: Outcome): string {
  const step = plan.steps.find(({ id }) => id === outcome.step)!
  switch (outcome.outcome) {
    case 'done':
      return `done      ${step.change}`
    case 'was-done':
      return `done      ${step.change} (by an earlier run)`
    case 'already':
      return `already   ${step.change} (it was so before)`
    case 'undone':
      return `undone    ${step.change}`
    case 'waits':
      return `waits     ${step.change} (${outcome.until === null ? `for ${outcome.for}` : `until ${outcome.until}`})`
    case 'stopped':
      return `stopped   ${step.change}: run it again to go on`
    case 'refused':
      return `refused   ${step.change}: ${outcome.because}`
    case 'interrupted':
      return `not sure  ${step.change}: ${outcome.because}; run it again to go on`
  }
}
