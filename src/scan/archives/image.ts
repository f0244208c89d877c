/**
 * Container images as `docker save` and OCI tools write them: a tar of layers, each a tar. A file that a later layer
 * deletes is still in its own: layers are gone through from the last to the first, so that it is known by then.
 */
import { ByteReader } from './byte-reader.ts'
import { type Input, PartInput } from './input.ts'
import { padded, tarMembers } from './tar.ts'
import { Unreadable } from './unreadable.ts'
import type { Item, Walk } from './walk.ts'

interface Entry {
  start: number
  size: number
}

interface Layer {
  /** Of its tar in the image. */
  path: string
  /** From 1; the last is the top. */
  position: number
  count: number
}

const JSON_BYTES = 4 * 1024 * 1024
/** An image has some hundred members in its outer tar, and some dozen layers. */
const ENTRIES = 20_000
const LAYERS = 1000
const IMAGES = 100
const FIRST_NAMES =
  /^(?:\.\/)?(?:blobs\/|oci-layout$|index\.json$|manifest\.json$|repositories$|[0-9a-f]{64}(?:\/|\.json$))/

/** False: an ordinary tar, of which nothing has been looked at. */
export function image(input: Input, item: Item, walk: Walk): boolean {
  const entries = entriesOf(input)
  if (entries === null) return false
  const layers = layersOf(input, entries)
  if (layers.length === 0) return false
  const deletions = new Deletions()
  for (const layer of layers.toReversed()) {
    deletions.layer = layer.position
    visitEntry(input, entries.get(layer.path)!, { ...walk.member(item, nameOfLayer(layer)), deletions }, walk)
  }
  const seen = new Set(layers.map(({ path }) => path))
  for (const [path, entry] of entries) {
    if (entry.size > 0 && !seen.has(path)) visitEntry(input, entry, walk.member(item, path), walk)
  }
  return true
}

function visitEntry(input: Input, entry: Entry, item: Item, walk: Walk): void {
  walk.visitAlone(item, () => walk.visitInput(new PartInput(input, entry.start, entry.size), item))
}

/** `layer 2/5 sha256:0123456789ab`, by the digest in its path where there is one. */
function nameOfLayer({ path, position, count }: Layer): string {
  const digest = /[0-9a-f]{64}/.exec(path)?.[0].slice(0, 12)
  return `layer ${position}/${count} ${digest === undefined ? path : `sha256:${digest}`}`
}

/** What the outer tar holds, without reading it all; null: not an image, by its first name, or too large for one. */
function entriesOf(input: Input): Map<string, Entry> | null {
  const entries = new Map<string, Entry>()
  try {
    for (let at = 0; at < input.size; ) {
      const reader = new ByteReader(small(input, at))
      const next = tarMembers(reader).next()
      if (next.done) break
      const { name, size } = next.value
      if (at === 0 && !FIRST_NAMES.test(name)) return null
      if (entries.size >= ENTRIES) return null
      const start = at + reader.position
      entries.set(name.replace(/^\.\//, ''), { start, size })
      at = start + padded(size)
    }
    return entries
  } catch (error) {
    if (error instanceof Unreadable) return null
    throw error
  }
}

function* small(input: Input, start: number): Generator<Uint8Array> {
  for (let at = start; at < input.size; at += 4096) yield input.read(at, Math.min(4096, input.size - at))
}

/** Of all images in it, the bottom first; a layer that several share is named by the first. */
function layersOf(input: Input, entries: Map<string, Entry>): Layer[] {
  const layers = new Map<string, Layer>()
  for (const paths of dockerManifest(input, entries) ?? ociManifests(input, entries)) {
    for (const [i, path] of paths.entries()) {
      const isThere = (entries.get(path)?.size ?? 0) > 0
      if (isThere && !layers.has(path) && layers.size < LAYERS) {
        layers.set(path, { path, position: i + 1, count: paths.length })
      }
    }
  }
  return [...layers.values()]
}

/** `manifest.json` of `docker save`; null where there is none. */
function dockerManifest(input: Input, entries: Map<string, Entry>): string[][] | null {
  const manifest = readJson(input, entries.get('manifest.json'))
  if (!Array.isArray(manifest)) return null
  return manifest.slice(0, IMAGES).map((image) => texts(field(image, 'Layers')))
}

/** From `index.json` through nested indexes to manifests (OCI image layout). */
function ociManifests(input: Input, entries: Map<string, Entry>): string[][] {
  const images: string[][] = []
  const documents = [readJson(input, entries.get('index.json'))]
  const seen = new Set<string>()
  for (const document of documents) {
    const layers = list(field(document, 'layers')).flatMap((layer) => blobPath(layer) ?? [])
    if (layers.length > 0) images.push(layers)
    for (const descriptor of list(field(document, 'manifests'))) {
      const path = blobPath(descriptor)
      if (path === null || seen.has(path) || seen.size >= IMAGES) continue
      seen.add(path)
      documents.push(readJson(input, entries.get(path)))
    }
  }
  return images
}

function blobPath(descriptor: unknown): string | null {
  const digest = field(descriptor, 'digest')
  const parts = typeof digest === 'string' ? /^(\w+):([0-9a-f]{32,128})$/.exec(digest) : null
  return parts === null ? null : `blobs/${parts[1]}/${parts[2]}`
}

function readJson(input: Input, entry: Entry | undefined): unknown {
  if (entry === undefined || entry.size > JSON_BYTES) return null
  try {
    return JSON.parse(new TextDecoder().decode(input.read(entry.start, entry.size)))
  } catch {
    return null // damaged: its layers are then ordinary members
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const texts = (value: unknown): string[] => list(value).filter((text) => typeof text === 'string')

const OPAQUE = '.wh..wh..opq'
const WHITEOUT = '.wh.'
/** Characters of names of deleted files that are remembered. */
const REMEMBERED = 8 * 1024 * 1024
/** Folders above a file that are asked for. */
const ANCESTORS = 64

/** Which paths the layers above delete (OCI image layer specification, "Whiteouts"). */
export class Deletions {
  /** The layer that is being looked at. */
  layer = 0
  readonly #files = new Map<string, number>()
  readonly #folders = new Map<string, number>()
  #remembered = 0

  /** Takes note of a member of the layer where it deletes something below. */
  note(name: string): void {
    const path = normal(name)
    const at = path.lastIndexOf('/') + 1
    const last = path.slice(at)
    if (!last.startsWith(WHITEOUT) || this.#remembered + path.length > REMEMBERED) return
    const deleted = last === OPAQUE ? this.#folders : this.#files
    const key = last === OPAQUE ? path.slice(0, Math.max(0, at - 1)) : path.slice(0, at) + last.slice(WHITEOUT.length)
    if (deleted.has(key)) return
    deleted.set(key, this.layer)
    this.#remembered += path.length
  }

  /** The name, with a note where a layer above deletes it. */
  label(name: string): string {
    let path = normal(name)
    for (let above = 0; above <= ANCESTORS; above++) {
      const layer = Math.max(this.#files.get(path) ?? 0, (above === 0 ? 0 : this.#folders.get(path)) ?? 0)
      if (layer > this.layer) return `${name} (deleted in layer ${layer})`
      if (path === '') break
      path = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    }
    return name
  }
}

/** Without `./` and `/` around it. */
function normal(name: string): string {
  const start = /^(?:\.?\/)*/.exec(name)![0].length
  let end = name.length
  while (end > start && name[end - 1] === '/') end--
  return name.slice(start, end)
}
