import { Argument, Command } from 'commander'
import { writeOutput } from '../outputs.ts'

export function completionCommand(program: Command): Command {
  return new Command('completion')
    .summary('shell completion')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      `
Examples:
  keyreeve completion bash > ~/.local/share/bash-completion/completions/keyreeve
  keyreeve completion zsh > "\${fpath[1]}/_keyreeve"
  keyreeve completion fish > ~/.config/fish/completions/keyreeve.fish`,
    )
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await import('../completion.ts')
      await writeOutput(null, [completionScript(program, shell)])
    })
}
