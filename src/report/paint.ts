/** Colours. They underline what the words already say and never carry meaning alone. */
import pc from 'picocolors'
import type { Severity } from '../model/finding.ts'

export type Paint = (text: string) => string

export interface Paints {
  severity: Record<Severity, Paint>
  bold: Paint
  dim: Paint
  command: Paint
  good: Paint
  warn: Paint
}

export function paints(color: boolean): Paints {
  const c = pc.createColors(color)
  return {
    severity: {
      critical: (text) => c.bold(c.redBright(text)),
      high: (text) => c.red(text),
      medium: (text) => c.yellow(text),
      low: (text) => c.blue(text),
      info: (text) => c.dim(text),
    },
    bold: c.bold,
    dim: c.dim,
    command: c.cyan,
    good: c.green,
    warn: c.yellow,
  }
}
