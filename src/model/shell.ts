/** Commands that a person will paste into a shell: every value is quoted unless it is plainly harmless. */

/** `` shell`aws iam delete-user --user-name ${name}` ``: values are quoted for a POSIX shell. */
export function shell(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  let command = parts[0]!
  for (let i = 0; i < values.length; i++) command += quote(String(values[i])) + parts[i + 1]!
  return command
}

function quote(value: string): string {
  if (/^[\w@%+=:,./-]+$/.test(value)) return value
  // a control character has no place in a command that is shown to be copied
  const printable = value.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
  return `'${printable.replaceAll("'", `'\\''`)}'`
}
