// A vitest reporter that closes the run with one plain line, and names what was skipped.
export default class ClosingLine {
  onTestRunEnd(modules) {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    const skipped = []
    let broken = 0
    for (const module of modules) {
      if (module.errors().length > 0) broken++
      for (const test of module.children.allTests()) {
        const { state, note } = test.result()
        count[state]++
        if (state === 'skipped') skipped.push(`${test.fullName}${note ? ` (${note})` : ''}`)
      }
    }
    for (const name of skipped) console.log(`skipped: ${name}`)
    console.log(`\n${count.passed} passed, ${count.failed + broken} failed, ${count.skipped} skipped`)
  }
}
