/** Commands that a person will paste into a shell: every value is quoted unless it is plainly harmless. */

/** `` shell`aws iam delete-user --user-name ${name}` ``: values are quoted for a POSIX shell. */
export function shell(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce((command, part, i) => command + quote(String(values[i - 1])) + part)
}

function quote(value: string): string {
  // a control character has no place in a command that is shown to be copied
  const printable = value.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
  return /^[\w@%+=:,./-]+$/.test(printable) ? printable : `'${printable.replaceAll("'", `'\\''`)}'`
}
