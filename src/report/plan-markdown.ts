/** A plan for a change ticket, in GitHub's Markdown. */
import type { Plan } from '../model/plan.ts'
import { markdownCode as code, markdownText as text } from './escape.ts'
import { inChunks } from './format.ts'
import { summaryOf } from './plan.ts'
import { byReason, documentDiff, groupsOf, type MayBreak, waitsOf } from './plan-parts.ts'

export function planMarkdown(plan: Plan): Iterable<string> {
  return inChunks(parts(plan))
}

function* parts(plan: Plan): Iterable<string> {
  const { planId, accountId, snapshot, steps, handOvers } = plan
  yield `# Change of AWS account ${text(accountId)}\n\n`
  yield `Plan ${code(planId)}, from what was read on ${text(snapshot.collectedAt)}. ${text(summaryOf(plan))}\n`
  for (const group of groupsOf(plan)) {
    yield `\n## ${text(group.title)} \\(${group.steps.length}\\)\n\n`
    yield `- Calls: ${group.calls.map((call) => code(call)).join(', ')}\n`
    yield `- Taken back by: ${group.undo === null ? 'nothing, it is for good' : group.undo.map((call) => code(call)).join(', ')}\n`
    yield* breaks(group.mayBreak, '')
    yield '\n'
    for (const { number, step, mayBreak } of group.steps) {
      const waits = waitsOf(step, steps)
      yield `- [ ] ${number}\\. ${text(step.change)}${waits.length > 0 ? ` \\(${text(waits.join(', '))}\\)` : ''}\n`
      yield* breaks(mayBreak, '    ')
      for (const line of documentDiff(step)) yield `    - ${code(line)}\n`
    }
  }
  if (handOvers.length > 0) {
    yield `\n## Left to other commands \\(${handOvers.length}\\)\n\n`
    for (const { command, subject, because, mayBreak } of handOvers) {
      yield `- [ ] ${code(command.join(' '))}, ${text(subject.name ?? subject.id)}: ${text(because)}\n`
      yield* breaks(mayBreak, '    ')
    }
  }
  if (plan.cannot.length === 0) return
  yield `\n## Not in the plan \\(${plan.cannot.length}\\)\n\n`
  for (const { reason, subjects, byHand } of byReason(plan)) {
    yield `- ${text(reason)}: ${text(subjects.join(', '))}\n`
    for (const sentence of byHand) yield `    - [ ] ${text(sentence)}\n`
  }
}

function* breaks(mayBreak: readonly MayBreak[], indent: string): Iterable<string> {
  for (const { who, evidence } of mayBreak) yield `${indent}- May break: ${text(who)} \\(${text(evidence)}\\)\n`
}
