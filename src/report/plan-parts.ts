/** What the readable plan and the one for a change ticket have in common. */
import type { Plan, Step } from '../model/plan.ts'

/** What steps of a kind do, as a heading. */
const TITLES: Record<Step['kind'], string> = {
  'deactivate-key': 'Deactivate access keys',
  'delete-key': 'Delete access keys',
  'delete-root-key': 'Delete access keys of root',
  'quarantine-user': 'Put users into quarantine',
  'quarantine-role': 'Put roles into quarantine',
  'remove-user': 'Delete users',
  'remove-role': 'Delete roles',
  'delete-policy': 'Delete policies',
  'set-password-policy': 'Set the password policy',
  'create-policy': 'Create policies',
  'create-group': 'Create groups',
  'join-group': 'Put users into groups',
  'move-policies-to-group': 'Move policies from users to groups',
  'require-mfa': 'Demand MFA',
  'drop-policy-version': 'Make room for versions of policies',
  'change-policy': 'Change policies',
  'change-trust': 'Change trust policies',
  'detach-policy': 'Detach policies',
}

export type MayBreak = Step['mayBreak'][number]

/** Steps of one kind that stand one behind the other, with what is true of all of them. */
export interface StepGroup {
  title: string
  /** Numbers in the plan, from 1. */
  steps: { number: number; step: Step; mayBreak: MayBreak[] }[]
  /** Distinct calls, in order. */
  calls: string[]
  /** By which calls it is taken back; null: it cannot be. */
  undo: string[] | null
  /** What may break at every one of them, where there are several. */
  mayBreak: MayBreak[]
}

export function groupsOf({ steps }: Plan): StepGroup[] {
  const runs: { number: number; step: Step }[][] = []
  steps.forEach((step, i) => {
    const last = runs.at(-1)
    if (last && last[0]?.step.kind === step.kind) last.push({ number: i + 1, step })
    else runs.push([{ number: i + 1, step }])
  })
  return runs.map((run) => {
    const all = run.map(({ step }) => new Set(step.mayBreak.map(idOf)))
    const common = run.length > 1 ? run[0]!.step.mayBreak.filter((it) => all.every((set) => set.has(idOf(it)))) : []
    const shared = new Set(common.map(idOf))
    const undo = run.flatMap(({ step }) => step.undo?.operations.map(({ call }) => call) ?? [])
    return {
      title: TITLES[run[0]!.step.kind],
      steps: run.map(({ number, step }) => ({
        number,
        step,
        mayBreak: step.mayBreak.filter((it) => !shared.has(idOf(it))),
      })),
      calls: [...new Set(run.flatMap(({ step }) => step.operations.map(({ call }) => call)))],
      undo: undo.length > 0 ? [...new Set(undo)] : null,
      mayBreak: common,
    }
  })
}

/** Tells apart who may break, and how we know. */
export const idOf = ({ who, evidence }: MayBreak): string => `${who}\n${evidence}`

/** Numbers for the head of a plan. */
export interface PlanNumbers {
  steps: number
  /** Which can be done at once; the others wait for days. */
  now: number
  /** Which cannot be taken back. */
  final: number
  closes: number
}

export function numbersOf({ steps }: Plan): PlanNumbers {
  const late = new Set<string>()
  for (const { id, waitsFor } of steps) if (waitsFor.some(({ step, days }) => days > 0 || late.has(step))) late.add(id)
  return {
    steps: steps.length,
    now: steps.length - late.size,
    final: steps.filter(({ undo }) => undo === null).length,
    closes: new Set(steps.flatMap(({ closes }) => closes)).size,
  }
}

/** What a step waits for, in words: `step 3`, `14 days after step 3`. */
export function waitsOf(step: Step, steps: readonly Step[]): string[] {
  return step.waitsFor.map(({ step: other, days }) => {
    const number = steps.findIndex(({ id }) => id === other) + 1
    return days > 0 ? `${days} ${days === 1 ? 'day' : 'days'} after step ${number}` : `step ${number}`
  })
}

/** Lines of a changed document: `+` new, `-` gone, and around them the line that says where. */
export function documentDiff({ replaces, operations }: Step): string[] {
  const text = operations.map(({ input }) => input.PolicyDocument).find((it) => typeof it === 'string')
  if (replaces === null || typeof text !== 'string') return []
  const before = linesOf(replaces)
  const after = linesOf(text)
  if (before.length * after.length > MOST_CELLS) return after.map((line) => `+ ${line}`)
  return around(compared(before, after))
}

const MOST_CELLS = 1_000_000

function linesOf(text: string): string[] {
  try {
    return JSON.stringify(JSON.parse(text), null, 2).split('\n')
  } catch {
    return text.split('\n')
  }
}

/** The longest common subsequence, as everybody compares texts. */
function compared(before: readonly string[], after: readonly string[]): string[] {
  const rows = before.length + 1
  const columns = after.length + 1
  const longest = new Uint32Array(rows * columns)
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      longest[i * columns + j] =
        before[i] === after[j]
          ? longest[(i + 1) * columns + j + 1]! + 1
          : Math.max(longest[(i + 1) * columns + j]!, longest[i * columns + j + 1]!)
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push(`  ${before[i++]}`)
      j++
    } else if (
      j >= after.length ||
      (i < before.length && longest[(i + 1) * columns + j]! >= longest[i * columns + j + 1]!)
    )
      lines.push(`- ${before[i++]}`)
    else lines.push(`+ ${after[j++]}`)
  }
  return lines
}

/** Changed lines with two on either side. */
function around(lines: readonly string[]): string[] {
  const changed = lines.flatMap((line, i) => (line.startsWith(' ') ? [] : [i]))
  const shown = new Set(changed.flatMap((i) => [i - 2, i - 1, i, i + 1, i + 2]))
  return lines.flatMap((line, i) => (shown.has(i) ? [line] : shown.has(i - 1) ? ['  ...'] : []))
}

/** Findings for which there is no step, with the same reason and the same way by hand. */
export interface LeftOut {
  reason: string
  subjects: string[]
  byHand: readonly string[]
}

export function byReason({ cannot }: Plan): LeftOut[] {
  const reasons = new Map<string, LeftOut>()
  for (const { check, subject, because, byHand = [] } of cannot) {
    const reason = `${check}: ${because}`
    const id = [reason, ...byHand].join('\n')
    const known = reasons.get(id)
    if (known) known.subjects.push(subject)
    else reasons.set(id, { reason, subjects: [subject], byHand })
  }
  return [...reasons].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, left]) => left)
}
