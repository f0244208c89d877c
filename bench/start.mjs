// Question: how long do `keyreeve --help`, a scan of an empty folder, and what a hook runs first take beside `node -e 0`?
// Do they load an AWS client?
// Run in a repository: what is staged there is what the hook's check looks at.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLI, medianOf, runNode, table } from './measure.mjs'

const TIMES = 15
const empty = mkdtempSync(join(tmpdir(), 'keyreeve-bench-'))
const rows = [
  ['node -e 0', ['-e', '0']],
  ['keyreeve --help', [CLI, '--help']],
  ['keyreeve --version', [CLI, '--version']],
  ['keyreeve explain', [CLI, 'explain']],
  ['keyreeve scan of an empty folder', [CLI, 'scan', '--no-save', empty]],
  ['check of a hook', [CLI.replace('main.cjs', 'staged-check.cjs')]],
].map(([name, args]) => [name, medianOf(TIMES, () => runNode(args))])
rmSync(empty, { recursive: true })
const [[, floor]] = rows
console.log(
  table(
    ['command', 'ms', 'x node', 'MB'],
    rows.map(([name, { seconds, peakMegabytes }]) => [
      name,
      Math.round(seconds * 1000),
      (seconds / floor.seconds).toFixed(2),
      Math.round(peakMegabytes),
    ]),
  ),
)
