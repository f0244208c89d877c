#!/usr/bin/env node
/**
 * The command. `scan` is a program of its own: it and this file are built as CommonJS, which Node.js starts several
 * milliseconds faster. The two programs share no module, so nothing of one may reach the other.
 */
const args = process.argv.slice(2)
const program = args[0] === 'scan' ? import('./scan-program.ts') : import('./program.ts')
void program.then(({ main }) => main(args))
