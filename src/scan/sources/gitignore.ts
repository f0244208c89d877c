/** What git leaves out of a working tree: `.gitignore` in every folder of a repository, and its `info/exclude`. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Ignore, Options } from 'ignore'

/** The rules of one file; they speak of paths below `base`. */
interface Layer {
  /** Length of the folder's path within the repository, with its slash; 0 at the root. */
  base: number
  rules: Ignore
}

/** No file of rules is longer than this; what is longer is cut at a line. */
const LARGEST = 1 << 20

/** The rules that hold in one folder. Paths are those within the repository, with `/`. */
export class IgnoreRules {
  readonly #layers: readonly Layer[]
  /** The folder's path within the repository: empty at its root, else with a slash at its end. */
  readonly #prefix: string

  private constructor(layers: readonly Layer[], prefix: string) {
    this.#layers = layers
    this.#prefix = prefix
  }

  /**
   * The rules in a folder, with those of the folders above it in the same repository. Null outside of any, and in what
   * is left out itself: who names such a folder wants it looked at.
   */
  static of(folder: string): IgnoreRules | null {
    const path = resolve(folder)
    let root = path
    while (!existsSync(join(root, '.git'))) {
      if (dirname(root) === root) return null
      root = dirname(root)
    }
    let rules = IgnoreRules.root(root)
    let here = root
    for (const name of relative(root, path).split(sep).filter(Boolean)) {
      if (rules.leavesOut(name, true)) return null
      here = join(here, name)
      rules = rules.inside(name).withOwn(here)
    }
    return rules
  }

  /** The rules at the root of a repository. */
  static root(folder: string): IgnoreRules {
    const layers = [join('.git', 'info', 'exclude'), '.gitignore']
      .map((name) => rulesIn(join(folder, name)))
      .filter((rules) => rules !== null)
      .map((rules) => ({ base: 0, rules }))
    return new IgnoreRules(layers, '')
  }

  /** The rules in a folder inside this one, without those that it has itself. */
  inside(name: string): IgnoreRules {
    return new IgnoreRules(this.#layers, `${this.#prefix}${name}/`)
  }

  /** With the rules in the `.gitignore` of the folder itself. @param folder its path */
  withOwn(folder: string): IgnoreRules {
    const rules = rulesIn(join(folder, '.gitignore'))
    return rules ? new IgnoreRules([...this.#layers, { base: this.#prefix.length, rules }], this.#prefix) : this
  }

  /** Whether git leaves out what has this name in the folder. */
  leavesOut(name: string, isFolder: boolean): boolean {
    if (this.#layers.length === 0) return false
    const path = `${this.#prefix}${name}${isFolder ? '/' : ''}`
    // the rules nearest to the file have the last word
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const { base, rules } = this.#layers[i]!
      const { ignored, unignored } = rules.test(path.slice(base))
      if (ignored) return true
      if (unignored) return false
    }
    return false
  }
}

let createRules: ((options: Options) => Ignore) | undefined

/** What reads rules is loaded where there are any. */
function newRules(options: Options): Ignore {
  createRules ??= createRequire(import.meta.url)('ignore') as (options: Options) => Ignore
  return createRules(options)
}

function rulesIn(file: string): Ignore | null {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return null
  }
  if (text.length > LARGEST) text = text.slice(0, text.lastIndexOf('\n', LARGEST) + 1)
  // git tells small letters from capitals unless it is told not to; a mistake here would leave a file out
  return newRules({ ignorecase: false, allowRelativePaths: true }).add(text)
}
