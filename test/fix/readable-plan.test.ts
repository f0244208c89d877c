/** The plan as a person reads it: on a wide and on a narrow terminal, and in a change ticket. */
import { beforeAll, describe, expect, it } from 'vitest'
import { openSession } from '../../src/aws/session.ts'
import type { Plan } from '../../src/model/plan.ts'
import { planText } from '../../src/report/plan.ts'
import { planMarkdown } from '../../src/report/plan-markdown.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { neglectedAccount, planNow } from './neglected-account.ts'

let plan: Plan
beforeAll(async () => {
  const sandbox = await startSandbox({ world: neglectedAccount().world, settings: { credentialReportDelayMs: 0 } })
  const { endpoint: endpointUrl, region, accessKeyId, secretAccessKey } = sandbox
  const credentials = { accessKeyId, secretAccessKey }
  const session = await openSession({ endpointUrl, region, credentials, userAgent: 'keyreeve-test/0', maxAttempts: 1 })
  plan = await planNow(session)
  session.close()
  await sandbox.close()
})

const shown = (width: number) => planText(plan, { width, color: false, file: 'plan.json' })

describe('the readable plan', () => {
  it('is no wider than the terminal', () => {
    for (const width of [40, 80])
      for (const line of shown(width).split('\n')) expect(line.length, line).toBeLessThanOrEqual(width)
  })

  it('names every step, who might break, what it waits for, and what is left to others', () => {
    const text = shown(110).replaceAll(/\s+/g, ' ')
    for (const [i, { change }] of plan.steps.entries()) expect(text).toContain(`${i + 1}. ${change}`)
    for (const { mayBreak } of plan.steps)
      for (const { who, evidence } of mayBreak) expect(text).toContain(`${who} (${evidence})`)
    expect(text).toContain('14 days after step')
    expect(text).toContain('keyreeve rotate AKIA')
    expect(text).toContain('apply --rehearse plan.json')
  })

  it('shows what changes in a document, and not the rest of it', () => {
    const text = shown(110)
    expect(text).toMatch(/\+\s+"sts:ExternalId": "f3a9-55"/)
    expect(text).toMatch(/-\s+"kms:\*"/)
    expect(text).toContain('...')
  })

  it('is Markdown for a ticket, with a box for each step', () => {
    const text = [...planMarkdown(plan)].join('')
    expect(text.match(/^- \[ \] \d+\\\./gm)).toHaveLength(plan.steps.length)
    expect(text).toContain('## Left to other commands')
  })

  it('lets no hostile name at the terminal or the page', () => {
    const hostile = structuredClone(plan)
    hostile.steps[0]!.change = 'Delete \u001b[2J <script>x</script> | `a`'
    hostile.steps[0]!.mayBreak = [{ who: '\u001b]0;x\u0007', evidence: '</details>' }]
    const text = planText(hostile, { width: 80, color: false, file: null })
    expect(text).not.toContain('\u001b')
    const page = [...planMarkdown(hostile)].join('')
    expect(page).not.toContain('\u001b')
    expect(page).not.toContain('<script>')
    expect(page).not.toContain('</details>')
  })
})
