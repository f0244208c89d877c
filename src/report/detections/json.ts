/** `trail detect --json`; its schema is in `schemas/`. One detection a line. */
import { inChunks, REPORT_SCHEMA_VERSION } from '../format.ts'
import { allowedCount, type DetectionRun, openBySeverity } from './detection-run.ts'

export function detectionsJson(run: DetectionRun): Iterable<string> {
  return inChunks(parts(run))
}

function* parts(run: DetectionRun): Iterable<string> {
  const { tool, engine, since, events, from, to, detections, notEvaluated, input } = run
  const head = { schemaVersion: REPORT_SCHEMA_VERSION, tool, engine, since, events, from, to }
  yield `${JSON.stringify(head).slice(0, -1)},\n"detections": [`
  for (const [i, detection] of detections.entries()) yield `${i === 0 ? '\n' : ',\n'}${JSON.stringify(detection)}`
  yield `${detections.length > 0 ? '\n' : ''}],\n`
  yield `"notEvaluated": ${JSON.stringify(notEvaluated)},\n"input": ${JSON.stringify(input)},\n`
  yield `"summary": ${JSON.stringify({ bySeverity: openBySeverity(run), allowed: allowedCount(run) })}\n}\n`
}
