/** `--format` and `--output`, given any number of times. */
import { extname } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { KeyreeveError } from '../model/errors.ts'
import type { Output } from './outputs.ts'

const FORMAT_BY_EXTENSION: Record<string, string> = {
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.csv': 'csv',
  '.md': 'markdown',
  '.sarif': 'sarif',
  '.html': 'html',
  '.htm': 'html',
  '.txt': 'terminal',
  '.mmd': 'mermaid',
  '.dot': 'graphviz',
  '.gv': 'graphviz',
}

/**
 * Whether a format and a file that were named one after the other are meant together. Text for a terminal is not meant
 * for `audit.html`, nor is anything but a page; `--json` is for standard output beside files of other formats.
 */
function belongs(format: string, json: true | undefined, file: string | null): boolean {
  const usual = FORMAT_BY_EXTENSION[extname(file ?? '').toLowerCase()]
  if (usual === undefined || usual === format) return true
  return format !== 'terminal' && usual !== 'html' && !json
}

/**
 * Adds `--format`, `--output` and `--json`. An `--output` belongs to the `--format` before it, unless its extension
 * speaks against it; one without takes its format from the extension; a `--format` without goes to standard output.
 * One of each belong together in any order.
 * @returns a function that tells, after parsing, what to write where
 */
export function addOutputOptions<Format extends string>(
  command: Command,
  formats: readonly Format[],
  fallback: Format,
): () => Output<Format>[] {
  const wanted: { format: Format | null; file: string | null; json?: true }[] = []
  const formatOf = (text: string): Format => {
    const format = formats.find((name) => name === text)
    if (!format) throw new InvalidArgumentError(`\nFormats are ${formats.join(', ')}.`)
    return format
  }
  command
    .addOption(
      new Option('-f, --format <format>', `${formats.join(', ')}; may be given several times, each with its --output`)
        .argParser((text: string) => {
          const format = formatOf(text)
          wanted.push({ format, file: null })
          return text
        })
        .default(undefined, fallback),
    )
    .addOption(
      new Option(
        '-o, --output <file>',
        'write to a file (format by its extension, or the --format before it)',
      ).argParser((text: string) => {
        const last = wanted.at(-1)
        const file = text === '-' ? null : text
        if (last && last.file === null && last.format !== null && belongs(last.format, last.json, file))
          last.file = file
        else wanted.push({ format: null, file })
        return text
      }),
    )
    .option('--json', 'short for --format json')
    .on('option:json', () => wanted.push({ format: formatOf('json'), file: null, json: true }))
  return () => {
    const [first, second] = wanted
    if (wanted.length === 2 && first!.format === null && second!.file === null && second!.format !== null)
      if (belongs(second!.format, second!.json, first!.file)) return [{ format: second!.format, file: first!.file }] // `--output FILE --format X`: meant together
    const outputs = wanted.map(({ format, file }) => ({ format: format ?? byExtension(file, formats), file }))
    if (outputs.length === 0) outputs.push({ format: fallback, file: null })
    if (outputs.filter(({ file }) => file === null).length > 1)
      throw new KeyreeveError('usage', 'two reports for standard output', { hint: 'give all but one an --output FILE' })
    if (outputs.some(({ format, file }) => format === 'html' && file === null) && process.stdout.isTTY)
      throw new KeyreeveError('usage', 'an HTML page on the terminal helps nobody', {
        hint: 'add --output report.html',
      })
    return outputs
  }
}

function byExtension<Format extends string>(file: string | null, formats: readonly Format[]): Format {
  const name = FORMAT_BY_EXTENSION[extname(file ?? '').toLowerCase()]
  const format = formats.find((candidate) => candidate === name || (candidate === 'text' && name === 'terminal'))
  if (format) return format
  throw new KeyreeveError('usage', `no format is known for \`${file ?? '-'}\``, {
    hint: `add --format, one of ${formats.join(', ')}`,
  })
}
