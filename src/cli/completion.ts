/** Completion scripts, made from the commands themselves. */
import type { Command, Option } from 'commander'

interface Completable {
  name: string
  summary: string
  options: { flags: string[]; takesValue: boolean; choices: string[]; description: string }[]
  words: string[]
}

export function completionScript(program: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  const commands = program.commands.map(completable)
  switch (shell) {
    case 'bash':
      return bash(commands)
    case 'zsh':
      // zsh reads bash completions once it is told to
      return `#compdef keyreeve\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`
    case 'fish':
      return fish(commands)
  }
}

function completable(command: Command): Completable {
  return {
    name: command.name(),
    summary: command.summary() || command.description(),
    options: command.options.map((option: Option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
      takesValue: Boolean(option.required || option.optional),
      choices: option.argChoices ?? [],
      description: option.description,
    })),
    words: [
      ...command.commands.map((subcommand) => subcommand.name()),
      ...command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    ],
  }
}

function bash(commands: Completable[]): string {
  const cases = commands.map(({ name, options, words }) => {
    const values = options
      .filter(({ choices }) => choices.length > 0)
      .map(
        ({ flags, choices }) =>
          `        ${flags.join('|')}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$cur")); return ;;`,
      )
    const files = options
      .filter(({ choices, takesValue }) => takesValue && choices.length === 0)
      .flatMap(({ flags }) => flags)
    return `    ${name})
      case "$prev" in
${values.join('\n')}${values.length ? '\n' : ''}${files.length ? `        ${files.join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;\n` : ''}      esac
      COMPREPLY=($(compgen -W "${[...words, ...options.flatMap(({ flags }) => flags), '--help'].join(' ')}" -- "$cur")) ;;`
  })
  return `_keyreeve() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help --version" -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -o default -F _keyreeve keyreeve
`
}

function fish(commands: Completable[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = ['complete -c keyreeve -f']
  for (const { name, summary, options, words } of commands) {
    lines.push(`complete -c keyreeve -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`)
    const within = `-n '__fish_seen_subcommand_from ${name}'`
    if (words.length > 0) lines.push(`complete -c keyreeve ${within} -a ${quote(words.join(' '))}`)
    for (const { flags, takesValue, choices, description } of options) {
      const names = flags
        .map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
        .join(' ')
      const value = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : takesValue ? ' -r -F' : ''
      lines.push(`complete -c keyreeve ${within} ${names}${value} -d ${quote(description)}`)
    }
  }
  return `${lines.join('\n')}\n`
}
