/** The report's shell around the page: the data lies in the document itself. */
import { BLOCK_ID_PREFIX, type ReadBlock } from '../report/page-data.ts'

/** Reads a block from its `<script>` element: base64, deflate, JSON. The element is emptied to give its memory back. */
export const readEmbedded: ReadBlock = async (id) => JSON.parse(await readEmbeddedText(id))

export async function readEmbeddedText(id: string): Promise<string> {
  const element = document.getElementById(BLOCK_ID_PREFIX + id)
  if (!element) throw new Error(`the report has no block ${id}: the file is cut off`)
  const bytes = bytesOf(element.textContent ?? '')
  element.textContent = ''
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Response(stream).text()
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const native = Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }
  if (native.fromBase64) return native.fromBase64(base64)
  const binary = atob(base64)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}
