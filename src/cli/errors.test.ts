import { expect, it, vi } from 'vitest'
import { printError } from './errors.ts'

function printed(error: unknown): string {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    printError(error)
    return write.mock.calls.map(([text]) => String(text)).join('')
  } finally {
    write.mockRestore()
  }
}

it('an internal error says where it arose, in a program of one line too, and never what it says', () => {
  const error = new TypeError('cannot read `a secret`')
  for (const place of ['chunks/scan-program-A_b-1.cjs:27:1292', 'cli/program.js:8:3', 'scan/scanner.ts:90:12']) {
    error.stack = `TypeError: cannot read \`a secret\`\n    at x (/opt/keyreeve/dist/${place})\n    at y (/z/a.js:1:1)`
    expect(printed(error)).toBe(`keyreeve: internal error (TypeError at ${place}); please report it\n`)
  }
})
