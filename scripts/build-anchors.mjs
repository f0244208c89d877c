// Compiles assembly/anchors.ts to WebAssembly and writes it, as text, to src/scan/anchors-module.ts, which is checked
// in: to install or test needs no compiler.   node scripts/build-anchors.mjs [--check]
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const SOURCE = new URL('../assembly/anchors.ts', import.meta.url)
const TARGET = new URL('../src/scan/anchors-module.ts', import.meta.url)

/** The compiled module. */
export async function compileAnchors() {
  const { default: asc } = await import('assemblyscript/asc')
  const source = await readFile(SOURCE, 'utf8')
  const { error, binary, stderr } = await asc.compileString(source, {
    optimizeLevel: 3,
    shrinkLevel: 0,
    noAssert: true,
    runtime: 'stub',
    enable: ['simd'],
    importMemory: true,
  })
  if (error) throw new Error(stderr.toString())
  return binary
}

export async function moduleText() {
  const text = Buffer.from(await compileAnchors()).toString('base64')
  const lines = (text.match(/.{1,108}/g) ?? []).map((line) => `  '${line}'`)
  return `// Made by scripts/build-anchors.mjs from assembly/anchors.ts.\nexport const ANCHORS_MODULE =\n${lines.join(' +\n')}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = await moduleText()
  const present = await readFile(TARGET, 'utf8').catch(() => null)
  if (process.argv.includes('--check')) {
    if (present !== wanted) {
      console.error('src/scan/anchors-module.ts is out of date: run node scripts/build-anchors.mjs')
      process.exitCode = 1
    }
  } else if (present !== wanted) await writeFile(TARGET, wanted)
}
