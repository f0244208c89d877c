/**
 * keyreeve as a library. Everything between evidence and findings is pure: data in, data out, no clock, no network.
 *
 * ```ts
 * import { audit, loadSnapshots } from 'keyreeve'
 *
 * const { snapshots } = await loadSnapshots(['details.json', 'report.csv'], { toolVersion: '1' })
 * const { findings } = audit(snapshots, { tool: { name: 'mine', version: '1' } })
 * ```
 */
export { type AuditOptions, audit } from './audit.ts'
export { type AwsOptions, type AwsSession, openSession } from './aws/session.ts'
export type { Check, CheckInput, Example, Flag, Unknown } from './checks/check.ts'
export { CHECKS } from './checks/index.ts'
export { type CollectOptions, collect } from './collect/collect.ts'
export { auditRole, collectionPolicy } from './collect/permissions.ts'
export { type LoadOptions, loadSnapshots } from './collect/saved/load.ts'
export { buildDossiers } from './dossiers.ts'
export * from './model/index.ts'
export { csvReport } from './report/csv.ts'
export { htmlReport } from './report/html.ts'
export { jsonReport } from './report/json.ts'
export { markdownReport } from './report/markdown.ts'
export { ndjsonReport } from './report/ndjson.ts'
export { ocsfReport } from './report/ocsf.ts'
export { sarifReport } from './report/sarif.ts'
export { terminalReport } from './report/terminal.ts'
