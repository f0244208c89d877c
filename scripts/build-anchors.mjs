// Compiles what is in assembly/ to WebAssembly and writes it, as text, to modules of src/, which are checked in: to
// install or test needs no compiler.   node scripts/build-anchors.mjs [--check]
import { readFile, writeFile } from 'node:fs/promises'

/** Of each source: the module that is made of it, and the name under which that gives it out. */
const MODULES = [
  { source: 'anchors', target: 'src/scan/anchors-module.ts', name: 'ANCHORS_MODULE' },
  { source: 'records', target: 'src/trail/ingest/records-module.ts', name: 'RECORDS_MODULE' },
  { source: 'delta', target: 'src/scan/git/delta-module.ts', name: 'DELTA_MODULE' },
]
const root = new URL('../', import.meta.url)

/** A module as it is compiled. @param {string} source its name */
async function compiled(source) {
  const { default: asc } = await import('assemblyscript/asc')
  const text = await readFile(new URL(`assembly/${source}.ts`, root), 'utf8')
  const { error, binary, stderr } = await asc.compileString(text, {
    optimizeLevel: 3,
    shrinkLevel: 0,
    noAssert: true,
    runtime: 'stub',
    enable: ['simd', 'bulk-memory'],
    importMemory: true,
  })
  if (error) throw new Error(stderr.toString())
  return binary
}

async function moduleText({ source, name }) {
  const text = Buffer.from(await compiled(source)).toString('base64')
  const lines = (text.match(/.{1,108}/g) ?? []).map((line) => `  '${line}'`)
  return `// Made by scripts/build-anchors.mjs from assembly/${source}.ts.\nexport const ${name} =\n${lines.join(' +\n')}\n`
}

for (const module of MODULES) {
  const target = new URL(module.target, root)
  const wanted = await moduleText(module)
  const present = await readFile(target, 'utf8').catch(() => null)
  if (process.argv.includes('--check')) {
    if (present !== wanted) {
      console.error(`${module.target} is out of date: run node scripts/build-anchors.mjs`)
      process.exitCode = 1
    }
  } else if (present !== wanted) await writeFile(target, wanted)
}
