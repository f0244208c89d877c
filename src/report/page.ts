/**
 * A page for the terminal: lines that are measured first and painted after, so that none is wider than the page. On one
 * of infinite width nothing is wrapped or cut: it is for `grep`.
 */
import { printableCommand, readable } from './escape.ts'
import type { TerminalOptions } from './format.ts'
import { cut, pad, widthOf, wrap, wrapCommand } from './layout.ts'
import { type Paint, type Paints, paints } from './paint.ts'

const NARROWEST = 40
/** Prose in wider lines is hard to read. */
const PROSE = 110
/** No shell line of this length is copied by hand. */
const LONGEST_COMMAND = 3000

/** Where rules and remarks end on a page without an edge. */
const NO_EDGE = 100

const none: Paint = (text) => text

export class Page {
  readonly width: number
  /** Where rules end. */
  readonly edge: number
  readonly paint: Paints
  readonly #lines: string[] = []

  constructor({ width, color }: TerminalOptions) {
    this.width = Math.max(NARROWEST, Number.isNaN(width) ? NARROWEST : Math.floor(width))
    this.edge = this.isEndless ? NO_EDGE : this.width
    this.paint = paints(color)
  }

  get isEndless(): boolean {
    return this.width === Infinity
  }

  blank(): void {
    if (this.#lines.length > 0 && this.#lines.at(-1) !== '') this.#lines.push('')
  }

  /** Lines that were laid out and painted elsewhere. */
  lines(lines: Iterable<string>): void {
    for (const line of lines) this.#lines.push(line.trimEnd())
  }

  /** A paragraph. */
  text(text: string, indent = 0, paint: Paint = none): void {
    const width = this.#prose(0) - indent
    this.lines(wrap(readable(text), width).map((line) => ' '.repeat(indent) + paint(line)))
  }

  /** A heading with a rule to the edge of the page. */
  heading(title: string, paint: Paint = this.paint.bold): void {
    this.blank()
    const label = cut(readable(title), this.width - 4)
    const rule = '─'.repeat(Math.max(0, this.edge - widthOf(label) - 1))
    this.lines([`${paint(label)} ${this.paint.dim(rule)}`, ''])
  }

  /** Text at the left and a remark at the right edge, or below where both do not fit. */
  leftRight(left: string, right: string, paintLeft: Paint, paintRight: Paint): void {
    const lines = wrap(readable(left), this.width)
    const remark = readable(right)
    const last = lines.pop()!
    this.lines(lines.map(paintLeft))
    const room = this.edge - widthOf(last) - widthOf(remark)
    const gap = this.isEndless ? Math.max(2, room) : room
    if (gap >= 2) this.lines([paintLeft(last) + ' '.repeat(gap) + paintRight(remark)])
    else
      this.lines([
        paintLeft(last),
        ...wrap(remark, this.width).map((line) => paintRight(pad(line, this.width, 'right'))),
      ])
  }

  /** A label and what is said of it, side by side, or one below the other on a narrow page. */
  labelled(
    label: string,
    text: string,
    { indent = 2, labelWidth = widthOf(label), paintLabel = none, paintText = none }: LabelOptions = {},
  ): void {
    const shown = cut(readable(label), this.width - indent)
    const room = this.#prose(indent + labelWidth + 2) - indent - labelWidth - 2
    if (room < 24 || (widthOf(shown) > labelWidth && !this.isEndless)) {
      this.lines([' '.repeat(indent) + paintLabel(shown)])
      this.text(text, indent + 2, paintText)
      return
    }
    const margin = ' '.repeat(indent + labelWidth + 2)
    const [first = '', ...rest] = wrap(readable(text), room)
    this.lines([`${' '.repeat(indent)}${paintLabel(pad(shown, labelWidth))}  ${paintText(first)}`])
    this.lines(rest.map((line) => margin + paintText(line)))
  }

  /** A shell command behind a prompt. */
  command(command: string, indent = 2): void {
    if (command.length > LONGEST_COMMAND) {
      this.text(`(a command of ${command.length} characters: see --format json)`, indent, this.paint.dim)
      return
    }
    const lines = wrapCommand(printableCommand(command), this.width, indent + 2)
    this.lines(
      lines.map((line, i) => {
        const text = this.paint.command(line.trimStart())
        const margin = line.length - line.trimStart().length
        return i === 0 ? `${' '.repeat(indent)}${this.paint.dim('$')} ${text}` : ' '.repeat(margin) + text
      }),
    )
  }

  /** Where prose ends that begins at a column. */
  #prose(from: number): number {
    return this.isEndless ? Infinity : Math.min(this.width, from + PROSE)
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`
  }
}

export interface LabelOptions {
  indent?: number
  labelWidth?: number
  paintLabel?: Paint
  paintText?: Paint
}
