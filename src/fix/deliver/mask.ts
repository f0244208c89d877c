/** Takes a secret out of text that somebody else wrote, in the forms in which programs print things. */

const HIDDEN = '****'

export function masked(text: string, secret: string): string {
  let result = text
  for (const form of formsOf(secret)) result = result.replaceAll(form, HIDDEN)
  return result
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const forms = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll('/', '\\/'),
    bytes.toString('hex'),
    bytes.toString('base64'),
    bytes.toString('base64url'),
  ]
  // the longest first: one may be a part of another
  return [...new Set(forms)].filter((form) => form.length >= 8).sort((a, b) => b.length - a.length)
}
