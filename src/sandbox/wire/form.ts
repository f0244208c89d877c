/** `a.b.1.c=x` forms, as the two query protocols send them, into nested nodes. */
import { AwsError } from '../aws-error.ts'

/** A node has text or children; hostile names need a Map. */
export interface FormNode {
  text: string | null
  children: Map<string, FormNode>
}

const MAX_DEPTH = 32

export function parseForm(form: URLSearchParams): FormNode {
  const root = node()
  for (const [name, value] of form) {
    const parts = name.split('.')
    if (parts.length > MAX_DEPTH) throw new AwsError('MalformedInput', 'The request is nested too deeply')
    let at = root
    for (const part of parts) {
      const next = at.children.get(part) ?? node()
      at.children.set(part, next)
      at = next
    }
    at.text = value
  }
  return root
}

function node(): FormNode {
  return { text: null, children: new Map() }
}

/** The numbered children (`.1`, `.2`, …) in order. */
export function numbered({ children }: FormNode): FormNode[] {
  return [...children]
    .filter(([name]) => /^\d{1,9}$/.test(name))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child)
}
