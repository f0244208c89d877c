/**
 * `scan --format sarif`: a result for each place of a leak, so that each is shown where it lies.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import { createHash } from 'node:crypto'
import type { LeakKind, LeakPlace } from '../../model/leak.ts'
import type { AssessedLeak, ScanReport } from '../../model/scan-report.ts'
import { inChunks } from '../format.ts'
import { LEVELS, messageText, RANKS, SECURITY_SEVERITY, uriSegment } from '../sarif.ts'
import { leakName, leakSentence, placeWords } from './words.ts'

const PLACES_SHOWN = 100

const RULES: Record<LeakKind, { id: string; title: string; help: string }> = {
  'long-term': {
    id: 'leaked-access-key',
    title: 'Leaked AWS access key',
    help: 'Whoever reads the place has the key. Deactivate it first, then look for what it did, then take it out.',
  },
  temporary: {
    id: 'leaked-temporary-credentials',
    title: 'Leaked temporary AWS credentials',
    help: 'They work until they expire. Revoke the sessions of the role that they are of.',
  },
  secret: {
    id: 'leaked-secret-access-key',
    title: 'Leaked AWS secret access key',
    help: 'Find out which key the secret belongs to, and deactivate that key.',
  },
  'bedrock-api-key': {
    id: 'leaked-bedrock-api-key',
    title: 'Leaked Amazon Bedrock API key',
    help: 'It is a bearer credential: whoever has it can use it. Deactivate it.',
  },
}
const KINDS = Object.keys(RULES) as LeakKind[]

/** In chunks. */
export function leaksSarif(report: ScanReport): Iterable<string> {
  return inChunks(parts(report))
}

function* parts({ tool, leaks, scanned }: ScanReport): Iterable<string> {
  const run = {
    tool: { driver: { name: tool.name, version: tool.version, rules: KINDS.map(ruleOf) } },
    automationDetails: { id: 'keyreeve/scan/' },
    invocations: [
      {
        executionSuccessful: true,
        toolExecutionNotifications: scanned.skipped.map(({ what, why }) => ({
          level: 'warning',
          message: { text: messageText(`${what} was not looked at: ${why}`) },
        })),
      },
    ],
    columnKind: 'utf16CodeUnits',
  }
  yield '{\n"$schema": "https://json.schemastore.org/sarif-2.1.0.json",\n"version": "2.1.0",\n"runs": [\n'
  yield JSON.stringify(run).slice(0, -1)
  yield ',\n"results": ['
  let separator = '\n'
  for (const leak of leaks)
    for (const place of leak.places.slice(0, PLACES_SHOWN)) {
      yield separator + JSON.stringify(resultOf(leak, place))
      separator = ',\n'
    }
  yield '\n]}\n]\n}\n'
}

function ruleOf(kind: LeakKind): object {
  const { id, title, help } = RULES[kind]
  return {
    id,
    name: id.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: help },
    help: { text: help },
    defaultConfiguration: { level: 'error', rank: RANKS.critical },
    properties: {
      tags: ['security', 'aws', 'secrets'],
      precision: 'very-high',
      'problem.severity': 'error',
      'security-severity': SECURITY_SEVERITY.critical,
    },
  }
}

function resultOf(leak: AssessedLeak, place: LeakPlace): object {
  const { kind, severity, fingerprint, status, suppressedBecause } = leak
  return {
    ruleId: RULES[kind].id,
    ruleIndex: KINDS.indexOf(kind),
    kind: 'fail',
    level: LEVELS[severity],
    rank: RANKS[severity],
    message: {
      text: messageText(`${leakName(leak)}: ${leakSentence(leak)}; ${placeWords(place)}. ${leak.nextAction}`),
    },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(place) },
          region: { startLine: place.line ?? 1, ...(place.column === null ? {} : { startColumn: place.column }) },
        },
        ...(place.member === null
          ? {}
          : {
              logicalLocations: [
                { name: place.member, fullyQualifiedName: `${place.path}!/${place.member}`, kind: 'member' },
              ],
            }),
      },
    ],
    // the leak wherever it lies, and the leak in this file: neither changes when lines move
    partialFingerprints: {
      'keyreeveLeak/v1': fingerprint,
      'keyreeveLeakInFile/v1': createHash('sha256')
        .update([fingerprint, place.path, place.member ?? ''].join('\0'))
        .digest('hex')
        .slice(0, 32),
    },
    suppressions:
      status === 'suppressed'
        ? [
            {
              kind: place.allowed === null ? 'external' : 'inSource',
              status: 'accepted',
              justification: suppressedBecause ?? '',
            },
          ]
        : [],
    properties: {
      severity,
      status,
      accessKeyId: leak.accessKeyId,
      accountId: leak.accountId,
      class: leak.class,
      evidence: leak.evidence,
      inAccount: leak.inAccount,
      place,
      commands: leak.commands,
    },
  }
}

/** A path as a URI: relative where it was, without a way out of it. */
function uriOf({ path, kind }: LeakPlace): string {
  const segments = path.split(/[/\\]/).filter((segment) => segment !== '' && segment !== '.')
  const uri = segments.map(uriSegment).join('/') || '_'
  return path.startsWith('/') && kind === 'file' ? `file:///${uri}` : uri
}
