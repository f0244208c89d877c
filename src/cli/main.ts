#!/usr/bin/env node
/**
 * The command. `scan` is a program of its own, which `npm run build` makes CommonJS of, as it does of this file: Node.js
 * starts that several milliseconds faster. The types of modules tell which is which, and they share nothing.
 */
const args = process.argv.slice(2)
const program = args[0] === 'scan' ? import('./scan-program.ts') : import('./program.ts')
void program.then(({ main }) => main(args))
