// Puts the modules of the command together: to load each of some hundred files on its own takes Node.js longer than
// to run them. What a command loads later, with `import()`, stays in files of its own; packages stay outside.
import { join } from 'node:path'
import { build } from 'vite'

/** @param {string} outDir holds the compiled modules; `cli/main.js` is replaced, and gets `chunks/` beside it */
export async function buildCommand(outDir) {
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: true, // for Node.js: dependencies are not bundled
      outDir,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rolldownOptions: {
        input: join(outDir, 'cli', 'main.js'),
        output: {
          entryFileNames: 'cli/main.js',
          // INVARIANT: as deep as the modules in them were, which find package.json and the report's page by their place
          chunkFileNames: 'chunks/[name]-[hash].js',
        },
      },
    },
  })
}
