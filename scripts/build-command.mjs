// Puts the modules of the command together: to load each of some hundred files on its own takes Node.js longer than
// to run them. What a command loads later, with `import()`, stays in files of its own; packages stay outside, but for
// those that every command loads.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build } from 'vite'

/** Packages that every command loads: to find their files takes Node.js as long as to run them. */
const BUNDLED = ['commander', 'picocolors']

/**
 * @param {string} outDir holds the compiled modules; those that programs begin with are replaced, and get `chunks/`
 * beside them
 */
export async function buildCommand(outDir) {
  await bundle(outDir, 'scan/git/walk-thread.js', { codeSplitting: false })
  await bundle(outDir, 'cli/program.js', inChunks(outDir, 'cli/program.js'))
  await bundleCommonJs(outDir, 'cli/main.js', inChunks(outDir, 'cli/scan-program.js', 'cjs'))
  await bundleCommonJs(outDir, 'cli/staged-check.js', { codeSplitting: false })
  await writeFile(join(outDir, 'chunks', 'LICENCES'), await licences())
}

/** @param {string} whole the module that is put together with everything it imports */
const inChunks = (outDir, whole, ending = 'js') => ({
  // INVARIANT: as deep as the modules in them were, which find package.json and the report's page by their place
  chunkFileNames: `chunks/[name]-[hash].${ending}`,
  codeSplitting: { groups: [{ name: basename(whole, '.js'), test: (id) => id === join(outDir, whole) }] },
})

/** The notices that the licences of what is bundled ask for. */
async function licences() {
  const notices = BUNDLED.map(async (name) => {
    const text = await readFile(new URL(`../node_modules/${name}/LICENSE`, import.meta.url), 'utf8')
    return `These files contain ${name}:\n\n${text.trim()}\n`
  })
  return (await Promise.all(notices)).join('\n')
}

/** As CommonJS, and without comments: Node.js loads such a file several milliseconds faster. */
async function bundleCommonJs(outDir, file, output) {
  await bundle(outDir, file, { format: 'cjs', entryFileNames: file.replace(/js$/, 'cjs'), minify: true, ...output })
  await rm(join(outDir, file))
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
        // the other commands are a program of their own
        external: ['./program.js'],
        makeAbsoluteExternalsRelative: false,
        input: join(outDir, file),
        output: { entryFileNames: file, ...output },
      },
    },
  })
}
