import { mkdtempSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { withLock } from './lock.ts'

const newFile = () => join(mkdtempSync(join(tmpdir(), 'keyreeve-lock-')), 'plan.json')

it('one run at a time has it, and lets go at its end', async () => {
  const file = newFile()
  await withLock(file, 'busy', async () => {
    await expect(withLock(file, 'busy', async () => 1)).rejects.toThrow('busy')
  })
  expect(await withLock(file, 'busy', async () => 2)).toBe(2)
})

it('a run that was held up for so long that another may have begun ends with one line', async () => {
  const file = newFile()
  let said = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
  let end: (code: unknown) => void = () => undefined
  const ended = new Promise((resolve) => {
    end = resolve
  })
  vi.spyOn(process, 'exit').mockImplementation(((code: unknown) => end(code)) as never)
  const run = withLock(
    file,
    'busy',
    async () => {
      // what another run does that finds the lock stale
      utimesSync(`${file}.lock`, new Date(0), new Date(0))
      return ended
    },
    { staleSeconds: 5 },
  )
  // the process that would be over cannot let go of what it has lost
  expect(await Promise.race([ended, run.catch(() => null)])).toBe(2)
  await run.catch(() => null)
  expect(said.split('\n')[0]).toBe('keyreeve: stopped: another run may have begun, as this one was held up for long')
  expect(said).toContain('run it again')
})
