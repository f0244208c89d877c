// Puts the modules of the command together: to load each of some hundred files on its own takes Node.js longer than
// to run them. What a command loads later, with `import()`, stays in files of its own; packages stay outside, but for
// those that every command loads.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { build } from 'vite'

/**
 * What is loaded together: modules with everything that they import. What several need is a file of its own: to find,
 * read and compile a file takes longer than what most modules do.
 */
const PARTS = {
  program: ['cli/program.js'],
  scan: ['cli/scan-program.js', 'cli/run-scan.js'],
}

const STAGED_CHECK = 'cli/staged-check.cjs'

/** What all parts need. */
const FOR_ALL = Object.keys(PARTS).join('-')

/** Packages that every command loads: to find their files takes Node.js as long as to run them. */
const BUNDLED = ['commander', 'picocolors']
/** They, and how Rolldown reads modules like theirs. */
const isBundled = (id) => id.startsWith('\0rolldown/') || BUNDLED.some((name) => id.includes(`/node_modules/${name}/`))

/** A module and all that it imports, one through the other. */
async function closureOf(file, files = new Set()) {
  if (files.has(file)) return files
  files.add(file)
  const text = await readFile(file, 'utf8')
  const imports = text.matchAll(/^(?:import|export)\b[^'"();]*?'(\.{1,2}\/[^']+\.js)';?$/gm)
  for (const [, path] of imports) await closureOf(resolve(dirname(file), path), files)
  return files
}

async function groupsIn(outDir) {
  const users = new Map()
  for (const [part, modules] of Object.entries(PARTS)) {
    const files = new Set()
    for (const module of modules) await closureOf(join(outDir, module), files)
    for (const file of files) users.set(file, [...(users.get(file) ?? []), part])
  }
  const names = new Map([...users].map(([file, parts]) => [file, parts.join('-')]))
  const nameOf = (id) => names.get(id) ?? (isBundled(id) ? FOR_ALL : undefined)
  return [...new Set([...names.values(), FOR_ALL])].map((name) => ({ name, test: (id) => nameOf(id) === name }))
}

/**
 * @param {string} outDir holds the compiled modules; `cli/main.js` is replaced, and gets `chunks/` beside it, and
 * programs that are started by themselves become one file each
 */
export async function buildCommand(outDir) {
  await bundle(outDir, 'scan/git/walk-thread.js', { codeSplitting: false })
  // every commit waits for it, and Node.js loads such a module, and one without comments, several milliseconds faster
  await bundle(outDir, 'cli/staged-check.js', {
    codeSplitting: false,
    format: 'cjs',
    entryFileNames: STAGED_CHECK,
    minify: true,
  })
  await rm(join(outDir, 'cli', 'staged-check.js'))
  await bundle(outDir, 'cli/main.js', {
    // INVARIANT: as deep as the modules in them were, which find package.json and the report's page by their place
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: { groups: await groupsIn(outDir), includeDependenciesRecursively: false },
  })
  await writeFile(join(outDir, 'chunks', 'LICENCES'), await licences())
}

/** The notices that the licences of what is bundled ask for. */
async function licences() {
  const notices = BUNDLED.map(async (name) => {
    const text = await readFile(new URL(`../node_modules/${name}/LICENSE`, import.meta.url), 'utf8')
    return `These files contain ${name}:\n\n${text.trim()}\n`
  })
  return (await Promise.all(notices)).join('\n')
}

/** Puts a program in the place of the module that it begins with. */
async function bundle(outDir, file, output) {
  await build({
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: BUNDLED },
    build: {
      ssr: true, // for Node.js: dependencies are not bundled, unless it is said
      outDir,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rolldownOptions: {
        // what is loaded late by one module and at once by another is in the part of the other
        checks: { ineffectiveDynamicImport: false },
        input: join(outDir, file),
        output: { entryFileNames: file, ...output },
      },
    },
  })
}
