/**
 * Baselines: leaks that were accepted before. A file for the repository: it holds access key IDs and keyed
 * fingerprints, never a secret, and no path, so that it survives moves and rebases. It carries the key of its
 * fingerprints, so that it means the same on every machine.
 */
import { InputError } from '../model/errors.ts'
import type { Leak } from '../model/leak.ts'

const KIND = 'keyreeve-scan-baseline'
const SCHEMA_VERSION = 1

export interface BaselineEntry {
  kind: string
  accessKeyId: string | null
  accountId: string | null
  secretFingerprint: string | null
}

export interface Baseline {
  /** Of the fingerprints in it. */
  fingerprintKey: Uint8Array
  leaks: BaselineEntry[]
}

/** A baseline that accepts nothing, with a key of its own. */
export function emptyBaseline(): Baseline {
  return { fingerprintKey: process.getBuiltinModule('node:crypto').randomBytes(32), leaks: [] }
}

/**
 * Reads a baseline.
 * @throws InputError when the text is no baseline of this version
 */
export function parseBaseline(text: string, name: string): Baseline {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new InputError(`\`${name}\` is no JSON`, { hint: 'keyreeve scan --write-baseline FILE makes a baseline' })
  }
  const document = value as { kind?: unknown; schemaVersion?: unknown; fingerprintKey?: unknown; leaks?: unknown }
  if (document?.kind !== KIND || !Array.isArray(document.leaks))
    throw new InputError(`\`${name}\` is no baseline`, { hint: 'keyreeve scan --write-baseline FILE makes one' })
  if (document.schemaVersion !== SCHEMA_VERSION)
    throw new InputError(`\`${name}\` is a baseline of another version of keyreeve`)
  const { fingerprintKey } = document
  if (typeof fingerprintKey !== 'string' || !/^[0-9a-f]{32,128}$/.test(fingerprintKey))
    throw new InputError(`\`${name}\` has no fingerprint key`)
  return {
    fingerprintKey: Buffer.from(fingerprintKey, 'hex'),
    leaks: document.leaks.map((entry) => entryOf(entry, name)),
  }
}

function entryOf(value: unknown, name: string): BaselineEntry {
  const entry = value as Record<string, unknown> | null
  const text = (field: string) => {
    const content = entry?.[field] ?? null
    if (content !== null && typeof content !== 'string') throw new InputError(`\`${name}\`: \`${field}\` is no text`)
    return content
  }
  return {
    kind: text('kind') ?? 'long-term',
    accessKeyId: text('accessKeyId'),
    accountId: text('accountId'),
    secretFingerprint: text('secretFingerprint'),
  }
}

/** The file, in a stable order: a change of it shows what changed. */
export function baselineText(leaks: readonly Leak[], fingerprintKey: Uint8Array): string {
  const entries: BaselineEntry[] = leaks.map(({ kind, accessKeyId, accountId, secretFingerprint }) => ({
    kind,
    accessKeyId,
    accountId,
    secretFingerprint,
  }))
  const order = ({ accessKeyId, secretFingerprint }: BaselineEntry) =>
    `${accessKeyId ?? '~'} ${secretFingerprint ?? ''}`
  entries.sort((a, b) => (order(a) < order(b) ? -1 : 1))
  const document = {
    kind: KIND,
    schemaVersion: SCHEMA_VERSION,
    fingerprintKey: Buffer.from(fingerprintKey).toString('hex'),
    leaks: entries,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/**
 * Whether a leak was accepted. A secret found later beside an accepted ID is news; an accepted pair of which only the
 * ID is left is none.
 */
export function acceptedBy(baseline: Baseline): (leak: Leak) => boolean {
  const ids = new Set<string>()
  const secrets = new Set<string>()
  for (const { accessKeyId, secretFingerprint } of baseline.leaks) {
    if (accessKeyId !== null) ids.add(accessKeyId)
    if (secretFingerprint !== null) secrets.add(secretFingerprint)
  }
  return ({ accessKeyId, secretFingerprint }) =>
    (accessKeyId === null || ids.has(accessKeyId)) && (secretFingerprint === null || secrets.has(secretFingerprint))
}
