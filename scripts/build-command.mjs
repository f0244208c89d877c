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
  const packages = new Set()
  const bundle = (file, output) => bundleInto(outDir, file, output, packages)
  // without comments, and as CommonJS: Node.js loads such a file several milliseconds faster
  const bundleQuick = async (file, output) => {
    await bundle(file, { format: 'cjs', entryFileNames: file.replace(/js$/, 'cjs'), minify: true, ...output })
    await rm(join(outDir, file))
  }
  await bundle('scan/git/walk-thread.js', { codeSplitting: false })
  await bundle('cli/program.js', inChunks(outDir, 'cli/program.js', 'js'))
  await bundleQuick('cli/main.js', inChunks(outDir, 'cli/scan-program.js', 'cjs'))
  await bundleQuick('cli/staged-check.js', { codeSplitting: false })
  await writeFile(join(outDir, 'chunks', 'LICENCES'), await licencesOf([...packages].sort()))
}

/** @param {string} whole the module that is put together with all it needs at once */
function inChunks(outDir, whole, ending) {
  return {
    // INVARIANT: as deep as the modules in them were, which find package.json and the report's page by their place
    chunkFileNames: `chunks/[name]-[hash].${ending}`,
    codeSplitting: { groups: [{ name: basename(whole, '.js'), test: (id) => id === join(outDir, whole) }] },
  }
}

/** The notices that the licences of what is bundled ask for. */
async function licencesOf(packages) {
  const notices = packages.map(async (name) => {
    const text = await readFile(new URL(`../node_modules/${name}/LICENSE`, import.meta.url), 'utf8')
    return `These files contain ${name}:\n\n${text.trim()}\n`
  })
  return (await Promise.all(notices)).join('\n')
}

/** Puts a program in the place of the module that it begins with, and adds the packages that it contains. */
async function bundleInto(outDir, file, output, packages) {
  const noted = {
    name: 'packages',
    generateBundle(_, files) {
      for (const id of Object.values(files).flatMap(({ moduleIds = [] }) => moduleIds)) {
        const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1]
        if (name) packages.add(name)
      }
    },
  }
  await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [noted],
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
        // the other commands are a program of their own, which stays where it is
        external: (id, importer) => id === './program.js' && importer === join(outDir, 'cli', 'main.js'),
        makeAbsoluteExternalsRelative: false,
        input: join(outDir, file),
        output: { entryFileNames: file, ...output },
      },
    },
  })
}
