/** One run at a time on what is in the workspace. */
import { KeyreeveError } from '../model/errors.ts'

/**
 * Works while nobody else does on the same file or folder, which has to be there.
 * @param otherwise said when another run has it
 * @throws {KeyreeveError} (`usage`) when another run has it
 */
export async function withLock<Result>(path: string, otherwise: string, work: () => Promise<Result>): Promise<Result> {
  const { lock } = await import('proper-lockfile')
  const release = await lock(path, { stale: 20_000, update: 5_000 }).catch((cause: unknown) => {
    if ((cause as { code?: unknown }).code !== 'ELOCKED') throw cause
    throw new KeyreeveError('usage', otherwise, {
      cause,
      hint: 'wait for it to end; a run that crashed lets go after 20 seconds',
    })
  })
  try {
    return await work()
  } finally {
    await release()
  }
}
