/** What `reach` prints: JSON by its schemas, and drawings that hostile names neither break nor escape. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type * as z from 'zod'
import { NASTY } from '../../test/made-up-audit.ts'
import { exampleSnapshot } from '../checks/example.ts'
import type { CanAnswer, PathsAnswer, WhoCanAnswer } from '../model/reach.ts'
import { canDo, summaryOf } from '../reach/can.ts'
import { cheapestCut } from '../reach/cut.ts'
import { openEstate } from '../reach/estate.ts'
import { buildGraph } from '../reach/graph.ts'
import { pathsAnswer } from '../reach/paths.ts'
import { whoCan } from '../reach/who-can.ts'
import { pathsGraphviz, pathsJson, pathsMermaid, reachJson } from './reach.ts'
import type { reachPathsDocument, reachWhoCanDocument } from './reach-schema.ts'
import { jsonSchemas } from './schema.ts'

const allow = (...Action: string[]) => [
  {
    policyName: 'inline',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'Wide',
          Effect: 'Allow',
          Action,
          Resource: '*',
          Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
        },
        { Effect: 'Allow', Action, Resource: 'arn:aws:lambda:*:*:function:report' },
      ],
    },
  },
]

const SNAPSHOT = exampleSnapshot({
  users: [
    { userName: 'kim', inlinePolicies: allow('lambda:UpdateFunctionCode', 'lambda:InvokeFunction') },
    { userName: 'lee', inlinePolicies: allow('iam:PutUserPolicy', 's3:GetObject') },
  ],
  roles: [
    {
      roleName: 'ops',
      trustPolicy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
      inlinePolicies: allow('*'),
    },
  ],
  workloads: [
    {
      kind: 'lambda-function',
      arn: 'arn:aws:lambda:us-east-1:111122223333:function:report',
      roleArns: ['arn:aws:iam::111122223333:role/ops'],
    },
  ],
})
const estate = openEstate([SNAPSHOT])
const graph = buildGraph(estate)
const PATHS: PathsAnswer = { ...pathsAnswer(graph, { from: null, to: 'admin' }), ...cheapestCut([SNAPSHOT], graph) }

function parsed(chunks: Iterable<string>): unknown {
  return JSON.parse([...chunks].join(''))
}

function follows(name: string, document: unknown): void {
  for (const closed of [false, true]) {
    const validate = new Ajv2020({ allErrors: true }).compile(jsonSchemas({ closed })[`${name}.schema.json`]!)
    validate(document)
    expect(validate.errors).toBeNull()
  }
}

describe('JSON', () => {
  const [kim, lee] = estate.principals.filter(({ kind }) => kind === 'user')

  it('paths follow their schema, with steps, conditions, reasons and a cut', () => {
    expect(PATHS.paths.length).toBeGreaterThan(0)
    expect(PATHS.cut.length).toBeGreaterThan(0)
    follows('reach-paths', parsed(pathsJson(PATHS, estate)))
    follows('reach-paths', parsed(pathsJson({ ...PATHS, paths: [], cut: [], cutIs: 'none' }, estate)))
  })

  it.each([
    ['s3:GetObject', null],
    ['s3:GetObject', 'arn:aws:s3:::orders/x'],
    ['iam:CreateUser', null],
  ])('can %s on %s follows its schema', (action, resource) => {
    const answer = canDo(estate, lee!, action, resource)
    follows('reach-can', parsed(reachJson(answer, estate)))
    follows('reach-can', parsed(reachJson({ answers: [answer, answer] }, estate)))
  })

  it('a summary follows its schema', () => {
    follows('reach-summary', parsed(reachJson(summaryOf(kim!), estate)))
    follows('reach-summary', parsed(reachJson({ answers: [summaryOf(kim!), summaryOf(lee!)] }, estate)))
  })

  it('who-can follows its schema', () => {
    for (const resource of [null, 'arn:aws:iam::111122223333:user/kim'])
      follows('reach-who-can', parsed(reachJson(whoCan(estate, 'iam:PutUserPolicy', resource), estate)))
  })

  it('has the types of the model', () => {
    // these lines are the test: they do not compile when the model and the schemas part
    const paths: Omit<z.infer<typeof reachPathsDocument>, 'schemaVersion' | 'assumptions'> = PATHS satisfies PathsAnswer
    const answer = whoCan(estate, 's3:GetObject', null) satisfies WhoCanAnswer
    const who: z.infer<typeof reachWhoCanDocument>['principals'] = answer.principals
    const can: CanAnswer = canDo(estate, kim!, 's3:GetObject', null)
    expect(paths.paths.length + who.length + can.because.length).toBeGreaterThan(0)
  })
})

// ---- drawings

const HOSTILE = [
  ...NASTY,
  'a"b',
  "a'b",
  'a]b',
  'a)) --> n0',
  'a|b|',
  'a`b`',
  'a\nend',
  'a\r\n  n0 --> n1',
  'end',
  'subgraph x',
  'click n0 "javascript:alert(1)"',
  'graph TD',
  '%%{init: {"securityLevel": "loose"}}%%',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '#quot;',
  '&lt;b&gt;',
  'a\\',
  'a\\"; b [label="x',
  'a\\N\\G',
  '}',
  '//',
  '/*',
]

function named(...names: string[]): PathsAnswer {
  const [from, to, technique] = names.map((name) => `arn:aws:iam::111122223333:role/${name}`)
  const hop = {
    ...PATHS.paths[0]!.hops[0]!,
    from: from!,
    to: to!,
    technique: technique!,
  }
  return {
    ...PATHS,
    paths: [{ from: from!, to: to!, decision: 'allowed', hops: [hop, { ...hop, from: to!, to: 'admin' }] }],
  }
}

const anyName = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...HOSTILE))
const anyNames = fc.tuple(anyName, anyName, anyName)

/** The lines of a flowchart whose texts are quoted, and nothing else. https://mermaid.js.org/syntax/flowchart.html */
const MERMAID_LINE =
  /^ {2}(?:n\d+(?:\[(?<box>"[^"\n]*")\]|\(\((?<circle>"[^"\n]*")\)\))|n\d+ (?:-->|-\.->)\|(?<edge>"[^"\n]*")\| n\d+)$/
/** What a label may hold: letters, digits, harmless signs, and entity codes. */
const MERMAID_TEXT = /^"(?:[\p{L}\p{N} _./:@=+,-]|#\d+;)*"$/u

/** Statements of DOT with quoted strings. https://graphviz.org/doc/info/lang.html */
const DOT_LINE =
  /^ {2}(?:n\d+ \[label="(?:[^"\\\n]|\\\\|\\")*"(?:, shape=doublecircle)?\];|n\d+ -> n\d+ \[label="(?:[^"\\\n]|\\\\|\\")*"(?:, style=dashed)?\];)$/

describe('Mermaid', () => {
  it('no name breaks out of its label', () => {
    fc.assert(
      fc.property(anyNames, (names) => {
        const [first, ...lines] = [...pathsMermaid(named(...names))].join('').trimEnd().split('\n')
        expect(first).toBe('flowchart LR')
        for (const line of lines) {
          const { box, circle, edge } = MERMAID_LINE.exec(line)?.groups ?? {}
          expect(box ?? circle ?? edge, line).toMatch(MERMAID_TEXT)
        }
      }),
    )
  })

  it('keywords, quotes and markup are text', () => {
    for (const name of HOSTILE) {
      const drawing = [...pathsMermaid(named(name, `${name}-2`, name))].join('')
      expect(drawing.split('\n').filter((line) => /^\s*(end|subgraph|click|graph|%%)/.test(line))).toEqual([])
      expect(drawing).not.toMatch(/[<>](?!\||\s)|`|%%/)
    }
  })

  it('a name is still readable', () => {
    expect([...pathsMermaid(named('ops "night"', 'b', 'c'))].join('')).toContain('role/ops #34;night#34;')
  })
})

describe('Graphviz', () => {
  it('no name breaks out of its string', () => {
    fc.assert(
      fc.property(anyNames, (names) => {
        const lines = [...pathsGraphviz(named(...names))].join('').trimEnd().split('\n')
        expect(lines.slice(0, 3)).toEqual(['digraph reach {', '  rankdir=LR;', '  node [shape=box];'])
        expect(lines.at(-1)).toBe('}')
        for (const line of lines.slice(3, -1)) expect(line).toMatch(DOT_LINE)
      }),
    )
  })
})
