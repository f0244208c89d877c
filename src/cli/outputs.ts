/** Reports, written where they are to go. Every command loads this: what only a file needs is loaded for one. */
import { once } from 'node:events'
import { createWriteStream, promises } from 'node:fs'
import { KeyreeveError } from '../model/errors.ts'

export interface Output<Format extends string> {
  format: Format
  /** null: standard output. */
  file: string | null
}

/**
 * Writes chunks to a file (whole or not at all, readable by its owner only) or to standard output. A link is followed,
 * and a device or pipe is written to: taking its place would break it for everybody.
 */
export async function writeOutput(file: string | null, chunks: Iterable<string>): Promise<void> {
  if (file === null) return writeTo(process.stdout, chunks)
  let partial: string | undefined
  try {
    const there = await promises.stat(file).catch(() => null)
    if (there && !there.isFile()) return await writeFile(file, 'w', chunks)
    const target = there ? await promises.realpath(file) : file
    partial = `${target}.${process.getBuiltinModule('node:crypto').randomUUID()}.partial`
    await writeFile(partial, 'wx', chunks)
    await promises.rename(partial, target)
  } catch (error) {
    if (partial !== undefined) await promises.rm(partial, { force: true })
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw new KeyreeveError('output', `cannot write \`${file}\`${code}`, { cause: error })
  }
}

async function writeFile(file: string, flags: 'w' | 'wx', chunks: Iterable<string>): Promise<void> {
  const stream = createWriteStream(file, { flags, mode: 0o600 })
  await Promise.all([once(stream, 'close'), writeTo(stream, chunks).then(() => stream.end())])
}

/** Small chunks are joined: a write for each line of a large report would take seconds. */
async function writeTo(stream: NodeJS.WritableStream, chunks: Iterable<string>): Promise<void> {
  let pending = ''
  for (const chunk of chunks) {
    pending += chunk
    if (pending.length < 65_536) continue
    if (!stream.write(pending)) await once(stream, 'drain')
    pending = ''
  }
  if (pending !== '' && !stream.write(pending)) await once(stream, 'drain')
}
