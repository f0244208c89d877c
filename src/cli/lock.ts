/** One run at a time on one thing: the second is refused. */
import { KeyreeveError } from '../model/errors.ts'
import { EXIT, printError } from './errors.ts'

/**
 * @param file need not exist; its lock is a folder beside it
 * @param options.staleSeconds after which a run that crashed lets go; 5 at least
 * @throws {KeyreeveError} (`usage`) with the message `busy`, when another run has it
 */
export async function withLock<Result>(
  file: string,
  busy: string,
  run: () => Promise<Result>,
  { staleSeconds = 20 } = {},
): Promise<Result> {
  const { lock } = await import('proper-lockfile')
  const release = await lock(file, {
    stale: staleSeconds * 1000,
    update: staleSeconds * 250,
    realpath: false,
    onCompromised: stopAtOnce,
  }).catch((cause: unknown) => {
    if ((cause as { code?: unknown }).code !== 'ELOCKED') throw cause
    throw new KeyreeveError('usage', busy, {
      cause,
      hint: `wait for it to end; a run that crashed lets go after ${staleSeconds} seconds`,
    })
  })
  try {
    return await run()
  } finally {
    await release()
  }
}

/** A machine that slept, say: two that write one journal would be worse than one that is cut off, which it is made for. */
function stopAtOnce(cause: unknown): never {
  printError(
    new KeyreeveError('interrupted', 'stopped: another run may have begun, as this one was held up for long', {
      cause,
      hint: 'run it again: it goes on where the journal ends',
    }),
  )
  process.exit(EXIT.failed)
}
