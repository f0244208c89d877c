// Question: how long does `keyreeve --help` take beside `node -e 0`? Does it load an AWS client?
import { CLI, medianOf, runNode, table } from './measure.mjs'

const TIMES = 15
const rows = [
  ['node -e 0', ['-e', '0']],
  ['keyreeve --help', [CLI, '--help']],
  ['keyreeve --version', [CLI, '--version']],
  ['keyreeve explain', [CLI, 'explain']],
].map(([name, args]) => [name, medianOf(TIMES, () => runNode(args))])
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
