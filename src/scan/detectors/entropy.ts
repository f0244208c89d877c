/** Zero between two calls. */
const COUNTS = new Uint32Array(256)

/** Shannon's entropy of a text of one-byte characters, in bits a character. */
export function entropyOf(text: string): number {
  let entropy = 0
  for (let i = 0; i < text.length; i++) COUNTS[text.charCodeAt(i) & 255]!++
  for (let i = 0; i < text.length; i++) {
    // each character once, in the order in which they come first
    const count = COUNTS[text.charCodeAt(i) & 255]!
    if (count > 0) entropy -= (count / text.length) * Math.log2(count / text.length)
    COUNTS[text.charCodeAt(i) & 255] = 0
  }
  return entropy
}
