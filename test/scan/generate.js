/** Made-up credentials: random at run time, so that no scanner finds one in this file. */
/** A place of which nothing is known but that it is a file. */
export const FILE_PLACE = {
  kind: 'file',
  path: 'a',
  member: null,
  commit: null,
  author: null,
  date: null,
  lastCommit: null,
  inHead: null,
  reachable: null,
  region: null,
}
/** Numbers in [0, 1) from a seed (xorshift32), the same in every run. */
export function seeded(seed) {
  let state = (seed * 2654435761) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4294967296
  }
}
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
export function randomText(random, alphabet, length) {
  let text = ''
  for (let i = 0; i < length; i++) text += alphabet[Math.floor(random() * alphabet.length)]
  return text
}
/** Twelve digits. */
export function randomAccount(random) {
  return String(Math.floor(random() * 1e12)).padStart(12, '0')
}
/** An ID as AWS makes them: the account in it, the rest random. */
export function randomKeyId(random, prefix = 'AKIA', account) {
  let bits = (1n << 44n) | (BigInt(account ?? randomAccount(random)) << 4n) | BigInt(Math.floor(random() * 16))
  let payload = ''
  for (let i = 0; i < 9; i++) {
    payload = BASE32[Number(bits & 31n)] + payload
    bits >>= 5n
  }
  return prefix + payload + randomText(random, BASE32, 7)
}
/** 40 characters of base64, as AWS makes them. */
export function randomSecret(random) {
  return randomText(random, BASE64, 40)
}
/** What STS gives beside a temporary key. */
export function randomSessionToken(random) {
  return `IQoJ${randomText(random, BASE64, 344)}==`
}
export function plantedPair(random, prefix = 'AKIA') {
  return { id: randomKeyId(random, prefix), secret: randomSecret(random) }
}
