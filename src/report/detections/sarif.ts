/**
 * Detections as SARIF 2.1.0. An event has no line in a file, so a result is placed by its logical location, and by a
 * path made of account and detection for viewers that insist on a file.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import type { Detected, DetectionSummary } from '../../model/detection.ts'
import { inChunks } from '../format.ts'
import { LEVELS, messageText, RANKS, SECURITY_SEVERITY, uriSegment } from '../sarif.ts'
import type { DetectionRun } from './detection-run.ts'

export function detectionsSarif(run: DetectionRun): Iterable<string> {
  return inChunks(parts(run))
}

function* parts({ tool, rules, detections, notEvaluated, from, to, input, engine }: DetectionRun): Iterable<string> {
  const index = new Map(rules.map(({ code }, i) => [code, i]))
  const skipped = input?.skipped ?? []
  const head = {
    tool: {
      driver: {
        name: tool.name,
        version: tool.version,
        ...(/^\d+\.\d+\.\d+/.test(tool.version) ? { semanticVersion: tool.version } : {}),
        rules: rules.map(ruleOf),
      },
    },
    automationDetails: { id: 'keyreeve/trail-detect/' },
    invocations: [
      {
        executionSuccessful: true,
        ...(from === null ? {} : { startTimeUtc: from, endTimeUtc: to }),
        toolExecutionNotifications: [
          ...notEvaluated.map(({ code, because, extent }) => ({
            level: 'note',
            message: {
              text: messageText(`${code} was not evaluated${extent === 'part' ? ' in full' : ''}: ${because}`),
            },
            associatedRule: { id: code, index: index.get(code) ?? -1 },
          })),
          ...skipped.map(({ what, why }) => ({
            level: 'warning',
            message: { text: messageText(`${what} was not read: ${why}`) },
          })),
        ],
      },
    ],
    columnKind: 'utf16CodeUnits',
    properties: { engine },
  }
  yield '{\n"$schema": "https://json.schemastore.org/sarif-2.1.0.json",\n"version": "2.1.0",\n"runs": [\n'
  yield JSON.stringify(head).slice(0, -1)
  yield ',\n"results": ['
  for (const [i, detected] of detections.entries())
    yield `${i === 0 ? '\n' : ',\n'}${JSON.stringify(resultOf(detected, index))}`
  yield '\n]}\n]\n}\n'
}

function ruleOf({ id, code, title, severity, attack, why, fix, references }: DetectionSummary): object {
  const level = LEVELS[severity]
  return {
    id: code,
    name: id.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: {
      text: [why, fix, ...references].join('\n\n'),
      markdown: [why, fix, ...references.map((link) => `- <${link}>`)].join('\n\n'),
    },
    ...(references[0] ? { helpUri: references[0] } : {}),
    defaultConfiguration: { level, rank: RANKS[severity] },
    properties: {
      tags: ['security', 'aws', 'cloudtrail', ...attack.map((technique) => `attack.${technique.toLowerCase()}`)],
      precision: 'medium',
      'problem.severity': level === 'note' ? 'recommendation' : level,
      'security-severity': SECURITY_SEVERITY[severity],
    },
  }
}

function resultOf(detected: Detected, index: Map<string, number>): object {
  const { code, id, title, severity, because, accountId, principal, accessKeyId, fingerprint, allowed } = detected
  const who = principal ?? accessKeyId ?? accountId ?? 'unknown'
  const path = ['aws', accountId ?? 'unknown', 'cloudtrail', id].map(uriSegment).join('/')
  return {
    ruleId: code,
    ruleIndex: index.get(code) ?? -1,
    kind: 'fail',
    level: LEVELS[severity],
    rank: RANKS[severity],
    message: { text: messageText(`${title}: ${because} (account ${accountId ?? 'unknown'})`) },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: path }, region: { startLine: 1 } },
        logicalLocations: [{ name: who, fullyQualifiedName: who, kind: 'resource' }],
      },
    ],
    partialFingerprints: { 'keyreeveDetection/v1': fingerprint },
    suppressions: allowed ? [{ kind: 'external', status: 'accepted', justification: allowed.reason }] : [],
    properties: { ...detected },
  }
}
