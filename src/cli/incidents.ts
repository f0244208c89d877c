/** Incidents of the workspace: a folder for each, with its journal and the document, for their owner alone. */
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { IncidentJournal } from '../fix/revoke/journal.ts'
import { KeyreeveError } from '../model/errors.ts'
import type { Incident } from '../model/incident.ts'
import { withLock } from './lock.ts'
import { writeOutput } from './outputs.ts'
import { makeWorkspaceFolder, WORKSPACE } from './workspace.ts'

export const INCIDENTS = join(WORKSPACE, 'incidents')

/** What an incident is named after: the key, or the ARN in characters that every file system takes. */
export function slugOf(text: string): string {
  return text
    .replace(/^arn:[^:]*:(?:iam|sts)::/, '')
    .replaceAll(/[^\w.@+=-]+/g, '-')
    .slice(0, 100)
}

/** `20261128T195000Z-AKIA...` */
export function newIncidentId(slug: string, now: Date): string {
  return `${now.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${slug}`
}

/** Works alone on what is about one key, user or role. */
export async function alone<Result>(slug: string, run: () => Promise<Result>): Promise<Result> {
  try {
    makeWorkspaceFolder(INCIDENTS)
  } catch (cause) {
    throw new KeyreeveError('output', `the folder \`${INCIDENTS}\` cannot be written: nothing was changed`, {
      cause,
      hint: 'run it in another folder: without a journal it could not be taken back',
    })
  }
  // who is killed in an emergency is not to wait long
  return withLock(join(INCIDENTS, slug), `another run works on \`${slug}\``, run, { staleSeconds: 5 })
}

/** The latest incident of this name that was not taken back; null: there is none. */
export function openIncident(slug: string): string | null {
  if (!existsSync(INCIDENTS)) return null
  const ids = readdirSync(INCIDENTS).filter((name) => /^\d{8}T\d{6}Z-/.test(name) && name.slice(17) === slug)
  for (const id of ids.sort().reverse()) {
    if (!existsSync(join(INCIDENTS, id, 'journal'))) continue
    const journal = openJournal(id)
    const { measures, opening } = journal
    journal.close()
    const isUndone =
      measures.size > 0 && [...measures.values()].every(({ state }) => /^(undone|already|gone)$/.test(state))
    if (opening && !(isUndone && [...measures.values()].some(({ state }) => state === 'undone'))) return id
  }
  return null
}

export function openJournal(incidentId: string): IncidentJournal {
  return new IncidentJournal(join(INCIDENTS, incidentId, 'journal'))
}

/**
 * The ID of an incident that somebody named: by its ID, its folder or a file in it.
 * @throws {KeyreeveError} when there is none
 */
export function incidentNamed(text: string): string {
  const id = [text, basename(text), basename(join(text, '..'))].find(
    (name) => /^\d{8}T\d{6}Z-[\w.@+=-]+$/.test(name) && existsSync(join(INCIDENTS, name, 'journal')),
  )
  if (id !== undefined) return id
  throw new KeyreeveError('usage', `there is no incident \`${text}\` in ${INCIDENTS}`, {
    hint: 'run it where the key was revoked, and name the folder, e.g. 20261128T195000Z-AKIA...',
  })
}

export function incidentFiles(incidentId: string): { json: string; markdown: string } {
  const folder = join(INCIDENTS, incidentId)
  return { json: join(folder, 'incident.json'), markdown: join(folder, 'incident.md') }
}

export async function saveIncident(incident: Incident): Promise<void> {
  const { incidentJson, incidentMarkdown } = await import('../report/incident.ts')
  const { json, markdown } = incidentFiles(incident.incidentId)
  await Promise.all([writeOutput(json, [incidentJson(incident)]), writeOutput(markdown, [incidentMarkdown(incident)])])
}

/** As it was saved last; null: it was not, or not so that it can be read. */
export async function savedIncident(incidentId: string): Promise<Incident | null> {
  try {
    return JSON.parse(await readFile(incidentFiles(incidentId).json, 'utf8')) as Incident
  } catch {
    return null
  }
}
