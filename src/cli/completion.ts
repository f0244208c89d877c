/** Completion scripts, made from the commands themselves. */
import type { Command, Option } from 'commander'

interface Completable {
  /** From the first word after `keyreeve` on: `trail detect`. */
  path: string[]
  summary: string
  options: { flags: string[]; takesValue: boolean; choices: string[]; description: string }[]
  words: string[]
}

export function completionScript(program: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  const commands = program.commands.flatMap((command) => completables(command))
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

/** The command, and the commands below it. */
function completables(command: Command, above: string[] = []): Completable[] {
  const path = [...above, command.name()]
  return [completable(command, path), ...command.commands.flatMap((below) => completables(below, path))]
}

function completable(command: Command, path: string[]): Completable {
  return {
    path,
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
  // longer paths first: `trail *` takes what is left of `trail detect`
  const deepestFirst = commands.toSorted((a, b) => b.path.length - a.path.length)
  const cases = deepestFirst.map(({ path, options, words }) => {
    const values = options
      .filter(({ choices }) => choices.length > 0)
      .map(
        ({ flags, choices }) =>
          `        ${flags.join('|')}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$cur")); return ;;`,
      )
    const files = options
      .filter(({ choices, takesValue }) => takesValue && choices.length === 0)
      .flatMap(({ flags }) => flags)
    return `    "${path.join(' ')} "*)
      case "$prev" in
${values.join('\n')}${values.length ? '\n' : ''}${files.length ? `        ${files.join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;\n` : ''}      esac
      COMPREPLY=($(compgen -W "${[...words, ...options.flatMap(({ flags }) => flags), '--help'].join(' ')}" -- "$cur")) ;;`
  })
  return `_keyreeve() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${topOf(commands).join(' ')} --help --version" -- "$cur"))
    return
  fi
  # the words before the one that is completed
  case "\${COMP_WORDS[*]:1:COMP_CWORD-1} " in
${cases.join('\n')}
  esac
}
complete -o default -F _keyreeve keyreeve
`
}

function topOf(commands: Completable[]): string[] {
  return commands.filter(({ path }) => path.length === 1).flatMap(({ path }) => path)
}

function fish(commands: Completable[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = ['complete -c keyreeve -f']
  for (const { path, summary, options, words } of commands) {
    if (path.length === 1)
      lines.push(`complete -c keyreeve -n __fish_use_subcommand -a ${path[0]} -d ${quote(summary)}`)
    const within = `-n '${path.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ')}'`
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
