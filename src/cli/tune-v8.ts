/** How V8 is to work in a process that scans. Every version of Node.js that is supported knows these flags, but for the last. */
import { setFlagsFromString } from 'node:v8'

export function tuneForScan(): void {
  // by itself, Node.js lets a heap grow to four times what is in use before it clears up
  setFlagsFromString('--heap-growing-percent=50')
  // most scans end within seconds, of which V8 would take a third to put functions into one another and compile that
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=200')
  // nor is all worth it that runs for some milliseconds; from Node.js 22 on, V8 waits longer by itself
  if (Number.parseInt(process.versions.node, 10) < 22) setFlagsFromString('--interrupt-budget=300000')
}
