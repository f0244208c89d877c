/** Objects as git itself gives them out, for those that the reader cannot make. */
import type { PieceScanner } from '../collect-leaks.ts'
import { spawnGit } from './git-process.ts'
import { type ObjectType, TYPE_OF_NAME } from './object-type.ts'
import type { Repository } from './repository.ts'

/** git ends at the first object that is damaged; it is started again behind that one, so often at most. */
const MOST_STARTS = 100
/** Without a byte from git for so long, it is given up. */
const LONGEST_SILENCE_MS = 60_000

export interface ObjectTaker {
  /** What is to be done with an object's content; null: nothing. */
  begin(oid: string, type: ObjectType, size: number): Pick<PieceScanner, 'write' | 'end'> | null
  /** git cannot give it out either. */
  failed(oid: string, why: string): void
}

/** Asks git for objects, in their order. */
export async function catFile(repository: Repository, oids: readonly string[], taker: ObjectTaker): Promise<void> {
  let next = 0
  for (let start = 0; start < MOST_STARTS && next < oids.length; start++) {
    const { done, why } = await oneRun(repository, oids.slice(next), taker)
    next += done
    if (why === 'git is not installed') break
    if (next < oids.length) taker.failed(oids[next++]!, why ?? 'git cannot read it')
  }
  for (const oid of oids.slice(next)) taker.failed(oid, 'git cannot read it')
}

/** How many of the objects git has dealt with before it ended. */
function oneRun(
  repository: Repository,
  oids: readonly string[],
  taker: ObjectTaker,
): Promise<{ done: number; why: string | null }> {
  return new Promise((resolve) => {
    const child = spawnGit(repository, ['cat-file', '--batch', '--buffer'])
    const answers = new Answers(oids, taker)
    let why: string | null = null
    const giveUp = () => {
      why = 'git does not answer'
      child.kill('SIGKILL')
    }
    let silence = setTimeout(giveUp, LONGEST_SILENCE_MS)
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(silence)
      resolve({ done: answers.done, why: error.code === 'ENOENT' ? 'git is not installed' : 'git cannot be run' })
    })
    child.stdin.on('error', () => {}) // it may end before it has read all names
    child.stdout.on('data', (chunk: Buffer) => {
      clearTimeout(silence)
      silence = setTimeout(giveUp, LONGEST_SILENCE_MS)
      answers.take(chunk)
    })
    child.on('close', () => {
      clearTimeout(silence)
      resolve({ done: answers.done, why })
    })
    child.stdin.end(`${oids.join('\n')}\n`)
  })
}

/** The output of `cat-file --batch`: `OID TYPE SIZE`, the content, and a line end; or `OID missing`. */
class Answers {
  /** Of how many objects all has been seen. */
  done = 0
  readonly #oids: readonly string[]
  readonly #taker: ObjectTaker
  #line = ''
  /** Of the content, and the line end behind it. */
  #left = 0
  #content: Pick<PieceScanner, 'write' | 'end'> | null = null

  constructor(oids: readonly string[], taker: ObjectTaker) {
    this.#oids = oids
    this.#taker = taker
  }

  take(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) at += this.#takeContent(chunk.subarray(at, at + this.#left))
      else {
        const end = chunk.indexOf(10, at)
        this.#line += chunk.toString('latin1', at, end < 0 ? chunk.length : end)
        at = end < 0 ? chunk.length : end + 1
        if (end >= 0) this.#takeHeader()
      }
    }
  }

  #takeHeader(): void {
    const [, word, size] = this.#line.split(' ')
    this.#line = ''
    const oid = this.#oids[this.done]
    if (oid === undefined) return
    const type = TYPE_OF_NAME[word ?? '']
    if (type === undefined || size === undefined) {
      this.#taker.failed(oid, word === 'missing' ? 'missing' : 'git cannot read it')
      this.done++
      return
    }
    this.#left = Number(size) + 1
    this.#content = this.#taker.begin(oid, type, Number(size))
  }

  #takeContent(part: Buffer): number {
    this.#left -= part.length
    const content = this.#left === 0 ? part.subarray(0, -1) : part
    if (content.length > 0) this.#content?.write(content)
    if (this.#left === 0) {
      this.#content?.end()
      this.#content = null
      this.done++
    }
    return part.length
  }
}
