/** The JSON documents that other programs rely on; their schemas are in `schemas/`. One list item per line. */
import type { Audit } from '../model/audit.ts'
import type { KeyRow } from '../model/dossier.ts'
import type { Evidence, Finding } from '../model/finding.ts'
import { inChunks, REPORT_SCHEMA_VERSION } from './format.ts'

/** `audit --json`, in chunks. */
export function jsonReport(audit: Audit): Iterable<string> {
  return inChunks(auditParts(audit))
}

function* auditParts(audit: Audit): Iterable<string> {
  const { tool, collectedAt, accounts, findings, notEvaluated, notes, checks, summary } = audit
  yield '{\n'
  yield `"schemaVersion": ${REPORT_SCHEMA_VERSION},\n`
  yield `"tool": ${JSON.stringify(tool)},\n`
  yield `"collectedAt": ${JSON.stringify(collectedAt === '' ? null : collectedAt)},\n`
  yield* listParts('accounts', accounts)
  yield* listParts('findings', findings, findingJson())
  yield* listParts('notEvaluated', notEvaluated)
  yield* listParts('notes', notes)
  yield* listParts('checks', Object.values(checks))
  yield `"summary": ${JSON.stringify(summary)}\n}\n`
}

function* listParts<T>(
  name: string,
  items: readonly T[],
  json: (item: T) => string = JSON.stringify,
  last = false,
): Iterable<string> {
  yield `${JSON.stringify(name)}: [`
  let separator = '\n'
  for (const item of items) {
    yield separator + json(item)
    separator = ',\n'
  }
  yield `${items.length > 0 ? '\n' : ''}]${last ? '' : ','}\n`
}

/**
 * `JSON.stringify` for findings, three times as fast: what thousands of findings share (the title, the remedy, the
 * controls, the names and times of sources) becomes JSON once.
 */
export function findingJson(): (finding: Finding) => string {
  const texts = new Map<string | null, string>()
  const objects = new Map<object, string>()
  const shared = (text: string | null): string => texts.get(text) ?? keep(texts, text)
  const sharedObject = (object: object): string => objects.get(object) ?? keep(objects, object)
  const evidence = ({ fact, value, source, asOf }: Evidence) =>
    `{"fact":${shared(fact)},"value":${JSON.stringify(value)},"source":${shared(source)},"asOf":${shared(asOf)}}`
  const head = ({ check, title, severity, status, accountId, region }: Finding) =>
    `,"check":${shared(check)},"title":${shared(title)},"severity":${shared(severity)},"status":${shared(status)},"accountId":${shared(accountId)},"region":${shared(region)}`
  let previous: Finding | null = null
  let previousHead = ''
  return (finding) => {
    const { fingerprint, subject, because, remedy, frameworks, accepted } = finding
    // sorted as they are, most findings begin as the one before them
    if (!previous || !beginAlike(previous, finding)) previousHead = head(finding)
    previous = finding
    const id = JSON.stringify(subject.id)
    const arn = subject.arn === subject.id ? id : JSON.stringify(subject.arn)
    return `{"fingerprint":${JSON.stringify(fingerprint)}${previousHead},"subject":{"kind":${shared(subject.kind)},"id":${id},"arn":${arn},"name":${JSON.stringify(subject.name)}},"because":${JSON.stringify(because)},"evidence":[${finding.evidence.map(evidence).join(',')}],"remedy":{"text":${shared(remedy.text)},"commands":${JSON.stringify(remedy.commands)}},"frameworks":${sharedObject(frameworks)},"accepted":${JSON.stringify(accepted)}}`
  }
}

function beginAlike(a: Finding, b: Finding): boolean {
  return (
    a.check === b.check &&
    a.title === b.title &&
    a.severity === b.severity &&
    a.status === b.status &&
    a.accountId === b.accountId &&
    a.region === b.region
  )
}

/** Keeps what it makes, up to a bound: some remedies are of one finding alone. */
function keep<K>(known: Map<K, string>, key: K): string {
  const json = JSON.stringify(key)
  if (known.size < 1000) known.set(key, json)
  return json
}

/** `keys --json`, in chunks. */
export function keysJson(rows: readonly KeyRow[]): Iterable<string> {
  return inChunks(keysParts(rows))
}

function* keysParts(rows: readonly KeyRow[]): Iterable<string> {
  yield `{\n"schemaVersion": ${REPORT_SCHEMA_VERSION},\n`
  yield* listParts('keys', rows, JSON.stringify, true)
  yield '}\n'
}
