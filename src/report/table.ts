/** A table for the terminal: as wide as the page at most; on a narrow page each row becomes a block. */
import { readable } from './escape.ts'
import { cut, pad, widthOf } from './layout.ts'
import type { Page } from './page.ts'

export interface Column<T> {
  title: string
  /** Text of any origin: it is made harmless here. */
  value(row: T): string
  align?: 'right'
  /** Gives way when the page is too narrow. */
  gives?: true
  /** Is left out when there is no room even so; the last of these first. */
  optional?: true
}

/** A column that gives way keeps this much. */
const NARROWEST_COLUMN = 18

/** Puts rows on a page, with a line of titles. */
export function table<T>(page: Page, columns: readonly Column<T>[], rows: readonly T[]): void {
  const cells = rows.map((row) => columns.map(({ value }) => readable(value(row))))
  const shown = columns.map((_, i) => i).filter((i) => cells.some((row) => row[i] !== ''))
  const { used, widths } = fit(columns, shown, cells, page.width)
  if (used === null) {
    blocks(page, columns, shown, cells)
    return
  }
  const line = (texts: readonly string[]) =>
    used.map((i, place) => {
      const width = widths.get(i)!
      const text = cut(texts[i]!, width)
      return place === used.length - 1 && columns[i]!.align !== 'right' ? text : pad(text, width, columns[i]!.align)
    })
  page.lines([page.paint.dim(line(columns.map(({ title }) => title)).join('  '))])
  page.lines(cells.map((row) => line(row).join('  ')))
}

/** The columns that there is room for, and their widths; null: there is room for no table. */
function fit<T>(
  columns: readonly Column<T>[],
  shown: readonly number[],
  cells: readonly string[][],
  page: number,
): { used: number[] | null; widths: Map<number, number> } {
  for (let used = [...shown]; ; ) {
    const widths = new Map(
      used.map((i) => [i, Math.max(widthOf(columns[i]!.title), ...cells.map((row) => widthOf(row[i]!)))]),
    )
    if (narrow(widths, columns, page)) return { used, widths }
    const least = used.findLast((i) => columns[i]!.optional)
    if (least === undefined) return { used: null, widths }
    used = used.filter((i) => i !== least)
  }
}

/** Makes the columns that give way narrower. @returns false: that is not enough */
function narrow<T>(widths: Map<number, number>, columns: readonly Column<T>[], page: number): boolean {
  const total = () => [...widths.values()].reduce((sum, width) => sum + width, 0) + 2 * (widths.size - 1)
  while (total() > page) {
    const [widest] = [...widths]
      .filter(([i, width]) => columns[i]!.gives && width > NARROWEST_COLUMN)
      .sort(([, a], [, b]) => b - a)
    if (!widest) return false
    widths.set(widest[0], Math.max(NARROWEST_COLUMN, widest[1] - Math.max(1, total() - page)))
  }
  return true
}

function blocks<T>(
  page: Page,
  columns: readonly Column<T>[],
  used: readonly number[],
  cells: readonly string[][],
): void {
  const labelWidth = Math.max(...used.map((i) => widthOf(columns[i]!.title)))
  for (const row of cells) {
    page.blank()
    for (const i of used)
      if (row[i] !== '') page.labelled(columns[i]!.title, row[i]!, { labelWidth, paintLabel: page.paint.dim })
  }
}
