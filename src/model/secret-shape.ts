/**
 * The shape of a secret access key: 40 characters of base64, drawn at random. Who takes secrets out of what goes on
 * must tell them from names, which can be as long: whoever is meant by one must keep it.
 */

export const SECRET_LENGTH = 40

/** Kinds of base64 characters by code: capital, small letter, digit, sign; 0 is none of them. */
const KIND = new Uint8Array(256)
for (let code = 0; code < 128; code++) {
  const c = String.fromCharCode(code)
  KIND[code] = /[A-Z]/.test(c) ? 1 : /[a-z]/.test(c) ? 2 : /\d/.test(c) ? 3 : /[/+]/.test(c) ? 4 : 0
}

export function isBase64(code: number): boolean {
  return code < 128 && KIND[code] !== 0
}

/**
 * Whether {@link SECRET_LENGTH} characters, given by their codes, look drawn at random: capitals, small letters and
 * digits alternate. A random string has 25 changes of kind, give or take 3, and few of its characters stand among four
 * or more of their kind; names are made of words. So a name in camel case stays, and of a million random strings 40 do,
 * 1,600 in the place of a name. Hexadecimal digests have letters of one kind.
 * @param isName tells whether they stand where a name does; asked where that decides
 */
export function looksRandom(codes: ArrayLike<number>, start: number, end: number, isName: () => boolean): boolean {
  let changes = 0
  let inWords = 0
  let kinds = 0
  for (let i = start + 1, begin = start; i <= end; i++) {
    const kind = KIND[codes[begin]!]!
    kinds |= 1 << kind
    if (i < end && KIND[codes[i]!] === kind) continue
    if (i - begin >= 4) inWords += i - begin
    if (i < end) changes++
    begin = i
  }
  const LETTERS = 0b110
  if ((kinds & LETTERS) !== LETTERS || changes < 12) return false
  const words = inWords - changes
  return words < 6 || (words < 15 && !isName())
}

/** What an ARN is never longer than. */
export const LONGEST_ARN = 2048

/** Whether what follows a text belongs to an ARN in it. */
export function endsInArn(before: string): boolean {
  return /(?:^|[^\w:/])arn:[^\s"',]*$/.test(before)
}
