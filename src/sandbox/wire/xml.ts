/** Writes XML from Smithy schemas. A schema is compiled once, so ten thousand users are one loop over closures. */
import type { NormalizedSchema } from '@smithy/core/schema'
import { formatTimestamp, timestampFormat } from './timestamp.ts'

/** `<tag>value</tag>`, or nothing when there is no value. */
type Writer = (tag: string, value: unknown) => string

const writers = new WeakMap<NormalizedSchema, Writer>()

/** The members of a structure, without an element around them. */
export function xmlMembers(schema: NormalizedSchema, value: Record<string, unknown>): string {
  if (!schema.isStructSchema()) return ''
  const element = writerOf(schema)('x', value)
  const start = element.indexOf('>') + 1
  return element.slice(start, -'</x>'.length)
}

/** `<tag>value</tag>` */
export function xmlElement(schema: NormalizedSchema, tag: string, value: unknown): string {
  return writerOf(schema)(tag, value)
}

function writerOf(schema: NormalizedSchema): Writer {
  const known = writers.get(schema)
  if (known) return known
  // a shape may hold itself: whoever asks while it is being compiled gets this one
  let compiled: Writer | null = null
  const writer: Writer = (tag, value) => {
    compiled ??= compile(schema)
    return compiled(tag, value)
  }
  writers.set(schema, writer)
  return writer
}

function compile(schema: NormalizedSchema): Writer {
  if (schema.isStructSchema()) return structWriter(schema)
  if (schema.isListSchema()) return listWriter(schema)
  if (schema.isMapSchema()) return mapWriter(schema)
  if (schema.isTimestampSchema()) {
    const format = timestampFormat(schema, 'date-time')
    return (tag, value) => element(tag, formatTimestamp(value as Date, format))
  }
  if (schema.isBlobSchema()) return (tag, value) => element(tag, base64(value as Uint8Array | string))
  if (schema.isStringSchema()) return (tag, value) => element(tag, escapeXml(String(value)))
  return (tag, value) => element(tag, escapeXml(String(value)))
}

function structWriter(schema: NormalizedSchema): Writer {
  const members: { name: string; tag: string; attribute: boolean; write: Writer }[] = []
  for (const [name, member] of schema.structIterator()) {
    const traits = member.getMergedTraits()
    members.push({
      name,
      tag: traits.xmlName ?? name,
      attribute: Boolean(traits.xmlAttribute),
      write: writerOf(member),
    })
  }
  const hasAttributes = members.some(({ attribute }) => attribute)
  return (tag, value) => {
    const struct = value as Record<string, unknown>
    let inside = ''
    let attributes = ''
    for (const member of members) {
      const part = struct[member.name]
      if (part === undefined || part === null) continue
      if (hasAttributes && member.attribute) attributes += ` ${member.tag}="${escapeXml(String(part))}"`
      else inside += member.write(member.tag, part)
    }
    return `<${tag}${attributes}>${inside}</${tag}>`
  }
}

function listWriter(schema: NormalizedSchema): Writer {
  const item = schema.getValueSchema()
  const write = writerOf(item)
  const itemTag = item.getMergedTraits().xmlName ?? 'member'
  const flattened = Boolean(schema.getMergedTraits().xmlFlattened)
  return (tag, value) => {
    let inside = ''
    for (const part of value as unknown[]) inside += write(flattened ? tag : itemTag, part)
    return flattened ? inside : `<${tag}>${inside}</${tag}>`
  }
}

function mapWriter(schema: NormalizedSchema): Writer {
  const key = schema.getKeySchema()
  const item = schema.getValueSchema()
  const writeItem = writerOf(item)
  const keyTag = key.getMergedTraits().xmlName ?? 'key'
  const itemTag = item.getMergedTraits().xmlName ?? 'value'
  const flattened = Boolean(schema.getMergedTraits().xmlFlattened)
  return (tag, value) => {
    let inside = ''
    for (const [name, part] of Object.entries(value as object)) {
      const entry = element(keyTag, escapeXml(name)) + writeItem(itemTag, part)
      inside += element(flattened ? tag : 'entry', entry)
    }
    return flattened ? inside : element(tag, inside)
  }
}

function element(tag: string, inside: string): string {
  return `<${tag}>${inside}</${tag}>`
}

function base64(value: Uint8Array | string): string {
  return Buffer.from(value as Uint8Array).toString('base64')
}

const SPECIAL = /[&<>"'\r\u0000-\u0008\u000b\u000c\u000e-\u001f\u0085\u2028\ufffe\uffff\ud800-\udfff]/
const SPECIALS = /[&<>"'\r\u0085\u2028]|[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu
const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\r': '&#xD;',
  '\u0085': '&#x85;',
  '\u2028': '&#x2028;',
}

/** What XML 1.0 cannot hold at all (control characters, half surrogates) becomes U+FFFD. */
export function escapeXml(text: string): string {
  return SPECIAL.test(text) ? text.replace(SPECIALS, (character) => ENTITIES[character] ?? '\ufffd') : text
}
