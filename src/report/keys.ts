/** The keys table, the page that people open first: every access key, worst first, with what to do about it. */

import type { Audit } from '../model/audit.ts'
import type { KeyRow } from '../model/dossier.ts'
import type { Severity } from '../model/finding.ts'
import { counted, formatNumber } from '../model/numbers.ts'
import { readable } from './escape.ts'
import type { TerminalOptions } from './format.ts'
import { cut, pad, padPainted, widthOf, wrap } from './layout.ts'
import { Page } from './page.ts'
import type { Paint } from './paint.ts'
import { accountLabel, dayOf, list, minuteOf, relativeDay, TIME_SOURCE } from './words.ts'

export { keysCsv } from './csv.ts'
export { keysJson } from './json.ts'
export { type DossierOptions, keyDossier } from './key-dossier.ts'
export { keysMarkdown } from './markdown.ts'

export interface KeysOptions extends TerminalOptions {
  /** Where the rows come from: tells how long ago a key was used, and the names of accounts. */
  audit?: Pick<Audit, 'accounts' | 'checks'>
}

/** One row with its cells as printable text. */
interface Cells {
  row: KeyRow
  id: string
  account: string
  owner: string
  age: string
  when: string
  service: string
  region: string
  wrong: string
  next: string
}

/** A column of facts, each cut to one line, or of sentences in lines of their own. */
interface Column {
  title: string
  width: number
  align?: 'left' | 'right'
  cell?(cells: Cells): string
  paint?(cells: Cells): Paint
  /** Lines that are wrapped and painted already; only for what nothing stands to the right of but its like. */
  block?(cells: Cells): string[]
}

const GAP = 2
const KEY_ID = 20
/** `→ ` */
const ARROW = 2

/** `keys` as a table that fits the terminal: more columns where there is room, a line below each row where not. */
export function keysTable(rows: readonly KeyRow[], options: KeysOptions): string {
  const page = new Page(options)
  summary(page, rows, options)
  if (rows.length === 0) return page.toString()
  page.blank()
  const all = rows.map((row) => cellsOf(row, options))
  const several = new Set(rows.map(({ accountId }) => accountId)).size > 1
  const wide = wideColumns(page, all, several)
  if (wide) table(page, wide, all)
  else if (page.width >= 66) twoLineTable(page, all, several)
  else cards(page, all, several)
  legend(page, all)
  return page.toString()
}

function summary(page: Page, rows: readonly KeyRow[], { audit }: KeysOptions): void {
  const active = rows.filter(({ status }) => status === 'active').length
  const urgent = rows.filter(({ nextAction }) => nextAction !== 'none').length
  page.text(
    rows.length === 0
      ? 'No access keys'
      : `${counted(rows.length, 'access key')}, ${formatNumber(active)} active, ${formatNumber(urgent)} ${urgent === 1 ? 'needs' : 'need'} action`,
    0,
    page.paint.bold,
  )
  const accounts = audit?.accounts ?? []
  const [only] = accounts
  if (!only) return
  const source = TIME_SOURCE[only.collectedAtFrom]
  const whose = accounts.length === 1 ? `AWS account ${accountLabel(only)}` : counted(accounts.length, 'AWS account')
  const latest = accounts
    .map(({ collectedAt }) => collectedAt)
    .sort()
    .at(-1)!
  const unknown = accounts.filter(({ coverage }) => !keysWereRead(coverage)).map(accountLabel)
  page.text(
    `${whose}, as of ${minuteOf(latest)}${source && accounts.length === 1 ? ` (${source})` : ''}`,
    0,
    page.paint.dim,
  )
  if (unknown.length > 0)
    page.text(`Keys may be missing: not all could be read in ${list(unknown)}`, 0, page.paint.warn)
}

/** Whether one of the two sources that know every key was read in full. */
function keysWereRead(coverage: Audit['accounts'][number]['coverage']): boolean {
  return ['iam:ListAccessKeys', 'iam:GetCredentialReport'].some((source) => {
    const lines = coverage.filter((line) => line.source === source)
    return lines.length > 0 && lines.every(({ status }) => status === 'read')
  })
}

function cellsOf(row: KeyRow, { audit }: KeysOptions): Cells {
  const { accessKeyId, accountId, owner, ageDays, lastUsed, lastUsedKnown, findings, nextAction } = row
  const now = audit?.accounts.find((account) => account.accountId === accountId)?.collectedAt ?? null
  const used = lastUsed ? ((now && relativeDay(lastUsed.date, now)) ?? dayOf(lastUsed.date)) : null
  return {
    row,
    id: readable(accessKeyId ?? `(ID not read) ${row.subjectId.slice(-2)}`),
    account: readable(accountId),
    owner: owner.kind === 'root' ? 'root' : readable(owner.name),
    age: ageDays === null ? '?' : `${formatNumber(ageDays)} d`,
    when: readable(used ?? (lastUsedKnown ? 'never' : 'not known')),
    service: readable(lastUsed?.service ?? ''),
    region: readable(lastUsed?.region ?? ''),
    wrong: readable(findings.join(', ')),
    next: nextAction === 'none' ? '' : readable(nextAction),
  }
}

/** Every column, when what is wrong and the next action still have room; else null. */
function wideColumns(page: Page, all: readonly Cells[], several: boolean): Column[] | null {
  const upTo = (width: number) => (page.isEndless ? Infinity : width)
  const facts: Column[] = [
    severityColumn(page, 'SEVERITY', 8, (severity) => severity ?? '-'),
    statusColumn(page),
    keyColumn(page, all),
    ...(several ? [accountColumn] : []),
    { title: 'OWNER', width: widest(all, 'owner', 5, upTo(22)), cell: ({ owner }) => owner },
    ageColumn(page, all),
    { title: 'LAST USED', width: widest(all, 'when', 9, upTo(11)), cell: ({ when }) => when, paint: whenPaint(page) },
    { title: 'SERVICE', width: widest(all, 'service', 7, upTo(14)), cell: ({ service }) => service },
    { title: 'REGION', width: widest(all, 'region', 6, upTo(14)), cell: ({ region }) => region },
  ]
  const room = page.width - facts.reduce((sum, { width }) => sum + width + GAP, 0)
  if (room < 34) return null
  const nothing = page.paint.dim('-')
  if (room < 90) {
    const block = (cells: Cells) => {
      const lines = [...wrongLines(page, cells, room), ...nextLines(page, cells, room)]
      return lines.length > 0 ? lines : [nothing]
    }
    return [...facts, { title: 'WHAT IS WRONG → NEXT ACTION', width: room, block }]
  }
  const wrong = Math.min(widest(all, 'wrong', 13, upTo(60)), Math.floor((room - GAP) / 2))
  const next = page.isEndless ? widest(all, 'next', 11, Infinity) + ARROW : room - GAP - wrong
  return [
    ...facts,
    { title: 'WHAT IS WRONG', width: wrong, block: (cells) => wrongLines(page, cells, wrong) },
    { title: 'NEXT ACTION', width: next, block: (cells) => nextLines(page, cells, next) },
  ]
}

/** The lines of what is wrong with a key, painted. */
function wrongLines(page: Page, { wrong }: Cells, width: number): string[] {
  return wrong === '' ? [] : wrap(wrong, width).map(page.paint.dim)
}

/** The lines of what to do with a key, behind an arrow, painted. */
function nextLines(page: Page, { next }: Cells, width: number): string[] {
  if (next === '') return []
  return wrap(next, width - ARROW).map((line, i) => `${i === 0 ? '→' : ' '} ${page.paint.bold(line)}`)
}

function widest(all: readonly Cells[], field: Exclude<keyof Cells, 'row'>, least: number, most: number): number {
  let width = least
  for (const cells of all) if (width < most) width = Math.min(most, Math.max(width, widthOf(cells[field])))
  return width
}

const plain: Paint = (text) => text

function severityColumn(page: Page, title: string, width: number, word: (s: Severity | null) => string): Column {
  return {
    title,
    width,
    cell: ({ row }) => word(row.severity),
    paint: ({ row }) => (row.severity ? page.paint.severity[row.severity] : page.paint.dim),
  }
}

function keyColumn(page: Page, all: readonly Cells[]): Column {
  return {
    title: 'KEY ID',
    width: widest(all, 'id', KEY_ID, page.isEndless ? Infinity : KEY_ID),
    cell: ({ id }) => id,
    paint: ({ row }) => (row.status === 'active' ? page.paint.bold : page.paint.dim),
  }
}

const accountColumn: Column = { title: 'ACCOUNT', width: 12, cell: ({ account }) => account }

function ageColumn(page: Page, all: readonly Cells[]): Column {
  return {
    title: 'AGE',
    width: widest(all, 'age', 5, 8),
    align: 'right',
    cell: ({ age }) => age,
    paint: ({ row }) => (row.ageDays === null ? page.paint.dim : plain),
  }
}

function statusColumn(page: Page): Column {
  return {
    title: '',
    width: 1,
    cell: ({ row }) => (row.status === 'active' ? '●' : '○'),
    paint: ({ row }) => (row.status === 'active' ? page.paint.good : page.paint.dim),
  }
}

function whenPaint(page: Page): (cells: Cells) => Paint {
  return ({ row }) => (row.lastUsed === null ? page.paint.dim : plain)
}

/** Rows as high as their longest cell. */
function table(page: Page, columns: readonly Column[], all: readonly Cells[]): void {
  tableHead(page, columns)
  for (const cells of all) {
    const blocks = columns.map((column) => column.block?.(cells) ?? [factIn(column, cells)])
    const height = Math.max(1, ...blocks.map(({ length }) => length))
    for (let line = 0; line < height; line++)
      page.lines([
        columns
          .map(({ width, block }, i) => {
            const text = blocks[i]![line] ?? ''
            return block && text !== '' ? padPainted(text, width) : text || ' '.repeat(width)
          })
          .join(' '.repeat(GAP)),
      ])
  }
}

function tableHead(page: Page, columns: readonly Column[]): void {
  const titles = columns.map(({ title, width, align }) => pad(cut(title, width), width, align))
  page.lines([page.paint.dim(titles.join(' '.repeat(GAP)).trimEnd())])
}

/** A fact in its column: cut, filled up, then painted. */
function factIn({ width, align, cell, paint }: Column, cells: Cells): string {
  const text = cut(cell?.(cells) ?? '', width)
  return text === '' ? ' '.repeat(width) : (paint?.(cells) ?? plain)(pad(text, width, align))
}

function factLine(columns: readonly Column[], cells: Cells): string {
  return columns.map((column) => factIn(column, cells)).join(' '.repeat(GAP))
}

const SHORT_SEVERITY: Record<Severity, string> = {
  critical: 'CRIT',
  high: 'HIGH',
  medium: 'MED',
  low: 'LOW',
  info: 'INFO',
}

/** The facts of a key on one line, what is wrong and the next action below. */
function twoLineTable(page: Page, all: readonly Cells[], several: boolean): void {
  // the owner's name needs the room more than the account does, which can stand below
  const accountBelow = several && page.width < 100
  const before = [...markColumns(page, all), ...(several && !accountBelow ? [accountColumn] : [])]
  const age = ageColumn(page, all)
  const room = page.width - [...before, age].reduce((sum, { width }) => sum + width + GAP, 0) - GAP
  const owner = Math.min(widest(all, 'owner', 5, 24), room - 22)
  const used = room - owner
  const columns: Column[] = [
    ...before,
    { title: 'OWNER', width: owner, cell: (cells) => cells.owner },
    age,
    { title: 'LAST USED', width: used, cell: (cells) => usedIn(cells, used), paint: whenPaint(page) },
  ]
  tableHead(page, columns)
  for (const cells of all) {
    page.lines([factLine(columns, cells)])
    below(page, cells, accountBelow ? cells.account : '')
  }
}

/** Severity, status and key ID, as short as can be. */
function markColumns(page: Page, all: readonly Cells[]): Column[] {
  const severity = severityColumn(page, '', 4, (severity) => (severity ? SHORT_SEVERITY[severity] : '-'))
  return [severity, statusColumn(page), keyColumn(page, all)]
}

/** Where the key ID stands, and what is written below it. */
const MARGIN = 4 + GAP + 1 + GAP

/** When, by which service, in which region: as much as fits. */
function usedIn({ when, service, region }: Cells, width: number): string {
  return (
    [[when, service, region], [when, service], [when]]
      .map((parts) => parts.filter(Boolean).join(' '))
      .find((text) => widthOf(text) <= width) ?? when
  )
}

/** What is wrong and what to do, on one line where both fit. */
function below(page: Page, cells: Cells, account = ''): void {
  const width = page.width - MARGIN
  const { wrong, next } = cells
  const facts = [account, wrong].filter(Boolean).join('  ')
  const indent = ' '.repeat(MARGIN)
  const action = nextLines(page, cells, width)
  const together = facts !== '' && next !== '' && widthOf(facts) + 3 + widthOf(next) <= width
  if (together) page.lines([`${indent}${page.paint.dim(facts)} ${action[0]}`])
  else page.lines([...wrongLines(page, { ...cells, wrong: facts }, width), ...action].map((line) => indent + line))
}

/** A narrow terminal: one short block for each key. */
function cards(page: Page, all: readonly Cells[], several: boolean): void {
  const marks = markColumns(page, all)
  for (const cells of all) {
    const { owner, account, age, when, service, region } = cells
    page.lines([factLine(marks, cells)])
    page.text(several ? `${owner} of ${account}` : owner, MARGIN)
    page.text(age === '?' ? 'age not known' : `${age} old`, MARGIN)
    page.text(`used: ${[when, service, region].filter(Boolean).join(' ')}`, MARGIN)
    below(page, cells)
  }
}

function legend(page: Page, all: readonly Cells[]): void {
  page.blank()
  const example = all.find(({ row }) => row.accessKeyId !== null)
  const symbols = '● active  ○ inactive'
  const hint = example ? `keyreeve keys ${cut(example.id, KEY_ID)} tells all about a key` : ''
  const lines = widthOf(symbols) + 3 + hint.length <= page.width ? [`${symbols}   ${hint}`] : [symbols, hint]
  for (const line of lines) page.text(line.trimEnd(), 0, page.paint.dim)
  if (all.some(({ row }) => row.accessKeyId === null))
    page.text(
      'ID not read: a credential report has no key IDs; #1 and #2 are the places of the keys in it',
      0,
      page.paint.dim,
    )
}
