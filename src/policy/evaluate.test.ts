import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CaseDocument, PolicyDocument } from '../../test/reference/document.ts'
import { Generator } from '../../test/reference/generate.ts'
import { referenceDecision } from '../../test/reference/reference.ts'
import { outcomeOf, readCases } from './case.ts'
import { evaluate } from './evaluate.ts'
import { commonText, matchesWildcard, overlap } from './match.ts'
import { globOf, parseTemplate, resolve } from './pattern.ts'
import type { Decision, PolicyInput, RequestPolicies } from './request.ts'

const RANK = { denied: 0, conditional: 1, allowed: 2 }
const seeds = fc.integer({ min: 0, max: 0x7fffffff })
const RUNS = { numRuns: 500 }

function decide(question: unknown): Decision {
  const [{ request, policies }] = readCases(question) as [ReturnType<typeof readCases>[0]]
  return evaluate(request, policies)
}

/** A random case, and a generator to go on with. */
function random(seed: number): { question: CaseDocument; generator: Generator } {
  const generator = new Generator(seed)
  return { question: generator.case(), generator }
}

/** All documents of a case, to be changed in place. */
function documents({ policies }: CaseDocument): PolicyDocument[] {
  const { identity, boundary, session, scps, rcps, resource, endpoint } = policies
  const levels = [...scps, ...rcps].flatMap((level) => level.policies)
  return [...identity, ...(boundary ?? []), ...levels, ...[session, resource, endpoint].filter((it) => it !== null)]
}

describe('whatever the policies', () => {
  it('keys that are told to be in lower case are read as any others', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const [{ request, policies }] = readCases(random(seed).question) as [ReturnType<typeof readCases>[0]]
        const context = Object.fromEntries(
          Object.entries(request.context).map(([key, value]) => [key.toLowerCase(), value]),
        )
        expect(evaluate({ ...request, context, contextKeys: 'lower' }, policies)).toEqual(evaluate(request, policies))
      }),
      RUNS,
    )
  })

  it('adding a Deny never grants', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { question, generator } = random(seed)
        const before = decide(question)
        question.policies.identity.push({
          Version: '2012-10-17',
          Statement: [{ ...generator.statement(question.request.action, 'plain'), Effect: 'Deny' }],
        })
        expect(RANK[decide(question).decision]).toBeLessThanOrEqual(RANK[before.decision])
      }),
      RUNS,
    )
  })

  it('taking an Allow away never grants', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { question, generator } = random(seed)
        const before = decide(question)
        const all = documents(question)
        if (all.length === 0) return
        const document = generator.pick(all)
        document.Statement = document.Statement.filter(({ Effect }) => Effect === 'Deny')
        expect(RANK[decide(question).decision]).toBeLessThanOrEqual(RANK[before.decision])
      }),
      RUNS,
    )
  })

  it('the order of statements, policies, patterns and levels is immaterial', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { question } = random(seed)
        const before = decide(question)
        for (const document of documents(question)) {
          document.Statement.reverse()
          for (const { Action, Resource } of document.Statement)
            for (const list of [Action, Resource]) if (Array.isArray(list)) list.reverse()
        }
        question.policies.identity.reverse()
        question.policies.scps.reverse()
        question.policies.rcps.reverse()
        expect(outcomeOf(decide(question))).toBe(outcomeOf(before))
      }),
      RUNS,
    )
  })

  it('one more condition on an Allow never widens', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { question, generator } = random(seed)
        const before = decide(question)
        for (const document of documents(question))
          for (const statement of document.Statement)
            if (statement.Effect === 'Allow' && generator.chance(0.5))
              statement.Condition = { ...statement.Condition, StringEqualsIgnoreCase: { 's3:x': 'y' } }
        expect(RANK[decide(question).decision]).toBeLessThanOrEqual(RANK[before.decision])
      }),
      RUNS,
    )
  })

  it('one more value under a positive operator of an Allow never takes away', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { question } = random(seed)
        for (const document of documents(question))
          for (const statement of document.Statement)
            statement.Condition = statement.Effect === 'Allow' ? { StringEquals: { 's3:prefix': ['ana'] } } : {}
        const before = decide(question)
        for (const document of documents(question))
          for (const { Effect, Condition } of document.Statement)
            if (Effect === 'Allow') Condition!.StringEquals!['s3:prefix'] = ['ana', 'red']
        expect(RANK[decide(question).decision]).toBeGreaterThanOrEqual(RANK[before.decision])
      }),
      RUNS,
    )
  })

  it('an index makes no difference', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { question } = random(seed)
        const [{ request, policies }] = readCases(question) as [ReturnType<typeof readCases>[0]]
        expect(evaluate(request, withoutIndex(policies))).toEqual(evaluate(request, policies))
      }),
      RUNS,
    )
  })
})

function withoutIndex(policies: RequestPolicies): RequestPolicies {
  const bare = ({ name, policy }: PolicyInput): PolicyInput => ({
    name,
    policy: policy && { parsed: policy.parsed, statements: policy.statements },
  })
  const list = <T>(inputs: readonly PolicyInput[] | T) => (Array.isArray(inputs) ? inputs.map(bare) : (inputs as T))
  const { identity, boundary, session, resource } = policies
  return {
    ...policies,
    identity: identity.map(bare),
    boundary: list(boundary),
    session: list(session),
    resource: resource && resource !== 'unknown' ? bare(resource) : resource,
  }
}

describe('what is not known', () => {
  it('never decides: with keys unknown, an answer holds for every value they may have', () => {
    const counts = { denied: 0, conditional: 0, allowed: 0 }
    fc.assert(
      fc.property(seeds, (seed) => {
        const { question, generator } = random(seed)
        const known = Object.fromEntries(Object.entries(question.request.context).filter(() => generator.chance(0.3)))
        const open = decide({ ...question, mode: 'open', request: { ...question.request, context: known } })
        counts[open.decision]++
        if (open.decision === 'conditional') {
          expect(open.conditions.length + open.unknown.length).toBeGreaterThan(0)
          return
        }
        for (let i = 0; i < 5; i++) {
          const context = { ...new Generator(seed + i).case().request.context, ...known }
          const lower = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]))
          // what nobody of this kind has in a request is known to be absent
          const { principal } = question.request
          if (typeof principal !== 'string' || principal.startsWith('arn:')) lower.delete('aws:sourcearn')
          if (typeof principal !== 'string' || !principal.startsWith('arn:')) lower.delete('aws:principalorgid')
          for (const [key, value] of Object.entries(known)) lower.set(key.toLowerCase(), value)
          const request = { ...question.request, context: Object.fromEntries(lower) }
          // the path of a session's role is not known either; the reference takes it to have none
          const closed = referenceDecision({ ...question, request })
          expect(closed === 'Allowed' ? 'allowed' : 'denied').toBe(open.decision)
          if (open.explicit) expect(closed).toBe('ExplicitlyDenied')
        }
      }),
      { numRuns: 3 * RUNS.numRuns },
    )
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(20)
  })

  it('never decides: with documents unknown, an answer holds for every document', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { question, generator } = random(seed)
        const { policies } = question
        const hide = (document: unknown) => (generator.chance(0.4) ? { name: 'hidden', document: null } : document)
        const hidden = decide({
          ...question,
          policies: {
            ...policies,
            identity: policies.identity.map(hide),
            boundary: policies.boundary?.map(hide) ?? null,
            session: policies.session && hide(policies.session),
            scps: policies.scps.map((level) => ({ ...level, policies: level.policies.map(hide) })),
            rcps: policies.rcps.map((level) => ({ ...level, policies: level.policies.map(hide) })),
            resource: policies.resource && generator.chance(0.3) ? 'unknown' : policies.resource,
            endpoint: policies.endpoint && hide(policies.endpoint),
          },
        })
        if (hidden.decision !== 'conditional') {
          expect(decide(question).decision).toBe(hidden.decision)
          if (hidden.explicit) expect(decide(question).explicit).toBe(true)
        } else expect(hidden.conditions.length + hidden.unknown.length).toBeGreaterThan(0)
      }),
      RUNS,
    )
  })

  it('never decides: an operator that nobody knows may hold and may not', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { question, generator } = random(seed)
        const without = decide(question).decision
        const statements = documents(question).flatMap(({ Statement }) => Statement)
        if (statements.length === 0) return
        const statement = generator.pick(statements)
        statement.Condition = { ...statement.Condition, ForAnyValues: { 'aws:TagKeys': 'x' } }
        const { decision } = decide(question)
        if (decision === 'conditional') return
        // then it holds whether the statement applies, or is not there
        expect(decision).toBe(without)
        for (const document of documents(question))
          document.Statement = document.Statement.filter((other) => other !== statement)
        expect(decide(question).decision).toBe(decision)
      }),
      RUNS,
    )
  })
})

describe('wildcards', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', '*', '?', '.'), maxLength: 12 })
  const regexp = (pattern: string) =>
    new RegExp(
      `^${pattern
        .replace(/[.+^$(){}|[\]\\/]/g, '\\$&')
        .replaceAll('*', '[^]*')
        .replaceAll('?', '[^]')}$`,
    )

  it('have a text in common that both match, or none', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const common = commonText(a, b)
        expect(common !== null).toBe(overlap(a, b))
        if (common !== null) expect([matchesWildcard(a, common), matchesWildcard(b, common)]).toEqual([true, true])
      }),
      RUNS,
    )
  })

  it('agree with a regular expression', () => {
    fc.assert(
      fc.property(text, text, (pattern, value) => {
        expect(globOf(pattern)(value)).toBe(regexp(pattern).test(value))
      }),
      { numRuns: 20_000 },
    )
  })

  it('that came in a value of a variable are characters', () => {
    fc.assert(
      fc.property(text, (value) => {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
        const template = parseTemplate('x${k}', { variables: true, wildcards: true })
        const codes = resolve(template, { values: () => [value] } as never)!
        expect(codes.every((code) => code >= 0)).toBe(true)
      }),
    )
  })

  it('take no time even where they nest', () => {
    const pattern = `${'*a'.repeat(2_000)}b`
    const started = process.cpuUsage().user
    expect(globOf(pattern)('a'.repeat(20_000))).toBe(false)
    expect(process.cpuUsage().user - started).toBeLessThan(2_000_000)
  })
})

it('a statement that may allow and may deny is one reason', () => {
  const { decision, because } = decide({
    request: {
      principal: 'arn:aws:iam::111122223333:user/kim',
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::b/k',
      resourceAccount: '111122223333',
      context: {},
    },
    policies: {
      identity: [{ Version: '2012-10-17', Statement: [{ Effect: 'allow', Action: 's3:*', Resource: '*' }] }],
      resource: null,
      boundary: null,
      session: null,
      scps: [],
      rcps: [],
      endpoint: null,
    },
  })
  expect(decision).toBe('conditional')
  expect(because).toHaveLength(1)
})
