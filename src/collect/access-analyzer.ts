/** `access-analyzer:ListAnalyzers` in each region. */
import type { Analyzer } from '../model/snapshot.ts'
import { type Answer, isAnswer, type Oddities, text } from './answer.ts'
import type { Told } from './assemble.ts'
import { entries } from './iam/credentials.ts'
import { type Call, declare, type Run } from './run.ts'

const analyzers = declare('accessanalyzer', 'ListAnalyzers')

export const ACCESS_ANALYZER_CALLS: readonly Call[] = [analyzers]

export async function collectAnalyzers(run: Run, told: Told, region: string): Promise<void> {
  const convert = (page: Answer, odd: Oddities) => toAnalyzers(page, region, odd)
  told.analyzers.push(...(await run.list(analyzers, convert, { region, paging: { token: 'nextToken' } })))
}

function toAnalyzers(page: Answer, region: string, odd: Oddities): Analyzer[] {
  return entries(page.analyzers, 'analyzers', odd, ({ arn, name, type, status, tags }) => {
    if (typeof arn !== 'string') return null
    return {
      arn,
      name: text(name) ?? arn,
      type: text(type) ?? '',
      status: text(status) ?? '',
      region,
      tags: isAnswer(tags)
        ? Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, text(value) ?? '']))
        : {},
    }
  })
}
