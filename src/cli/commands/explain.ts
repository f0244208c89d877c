import { Command } from 'commander'
import { writeOutput } from '../outputs.ts'
import { terminalFor } from '../terminal.ts'

export function explainCommand(): Command {
  return new Command('explain')
    .summary('what a check means, why it matters, with examples')
    .argument('[check]', 'check id; without one, the list of all checks')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  keyreeve explain\n  keyreeve explain key-unused')
    .action(async (id: string | undefined, { json }: { json?: boolean }) => {
      const [{ explainCheck, explainJson, listChecks }, { CHECKS }, { chosenChecks }] = await Promise.all([
        import('../explain.ts'),
        import('../../checks/index.ts'),
        import('../chosen-checks.ts'),
      ])
      if (id !== undefined) chosenChecks([id])
      const checks = id === undefined ? CHECKS : CHECKS.filter((check) => check.id === id)
      const terminal = terminalFor(null)
      const text = json
        ? explainJson(checks)
        : id === undefined
          ? listChecks(checks, terminal)
          : checks.map((check) => explainCheck(check, terminal)).join('\n')
      await writeOutput(null, [text])
    })
}
