/** Reads the files that the policy commands are given. */
import { readFile, stat } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { InputError } from '../model/errors.ts'
import { compilePolicy } from '../policy/compile.ts'
import { member, type PolicyText, parsePolicyText } from '../policy/policy-text.ts'
import type { PolicyInput } from '../policy/request.ts'

/** Far more than AWS takes; a file beyond it is something else. */
const LARGEST = 64 * 1024 * 1024

/** A file's text; `-` is standard input. */
export async function readTextFile(path: string): Promise<string> {
  if (path === '-') return textOf(process.stdin)
  try {
    const { size } = await stat(path)
    if (size > LARGEST) throw new InputError(`\`${path}\` is larger than 64 MB`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof InputError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new InputError(`cannot read \`${path}\` (${code})`, { cause: error })
  }
}

/** Policies by the names of their files, and where their statements are. */
export class PolicyFiles {
  readonly #texts = new Map<string, PolicyText>()

  /** A file that is no JSON, or that has no statements, cannot be what was meant. */
  async read(path: string): Promise<PolicyInput> {
    let text = this.#texts.get(path)
    if (!text) {
      text = parsePolicyText(await readTextFile(path))
      this.#texts.set(path, text)
    }
    const [syntax] = text.textProblems
    if (text.root === null && syntax) {
      const { line, column } = text.placeOf(syntax.start)
      throw new InputError(`\`${path}\` line ${line}, column ${column}: no JSON: ${syntax.message}`)
    }
    if (text.root !== null && !member(text.root, 'Statement'))
      throw new InputError(`\`${path}\` is no policy: \`Statement\` is missing`, {
        hint: 'give the document itself, `{"Version": "2012-10-17", "Statement": [...]}`',
      })
    return { name: path, policy: compilePolicy(text.policy) }
  }

  /** Line of a statement; null when it is not from a file. */
  lineOf(path: string | null, statement: number | null): number | null {
    const text = path === null || statement === null ? undefined : this.#texts.get(path)
    const node = statement === null ? undefined : text?.statements[statement]
    return node ? text!.placeOf(node.start).line : null
  }
}
