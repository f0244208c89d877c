/** Where the page is, in the part of the address behind `#`: every view and filter is a link. */
import { useSyncExternalStore } from 'react'

export const VIEWS = ['overview', 'findings', 'keys', 'coverage', 'about'] as const
export type View = (typeof VIEWS)[number]

export interface Route {
  view: View
  params: URLSearchParams
}

export type Params = Record<string, string | null | undefined>

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s)
  return { view: VIEWS.find((view) => view === path) ?? 'overview', params: new URLSearchParams(query) }
}

/** `#/findings?severity=high`. Empty values are left out. */
export function hrefOf(view: View, params: Params = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) if (value) query.set(name, value)
  const text = query.toString()
  return `#/${view}${text && `?${text}`}`
}

/** The present params with some of them changed. */
export function hrefWith({ view, params }: Route, changes: Params): string {
  return hrefOf(view, { ...Object.fromEntries(params), ...changes })
}

const listeners = new Set<() => void>()

/** Goes to another place. Typing and paging replace the present one, so that Back leaves the view, not a letter. */
export function go(href: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') {
    location.hash = href
    return
  }
  history.replaceState(history.state, '', href)
  for (const listener of listeners) listener()
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash)
  return parseRoute(hash)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('hashchange', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('hashchange', listener)
  }
}
