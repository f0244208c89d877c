/** The controls above a table. */
import { useEffect, useRef, useState } from 'react'
import { go, hrefWith, type Route } from './route.ts'
import { visible } from './text.tsx'

export interface Option {
  value: string
  label: string
  group?: string
}

export function Choice(props: {
  label: string
  value: string
  options: readonly Option[]
  onChange(value: string): void
}) {
  const { label, value, options, onChange } = props
  const groups = [...new Set(options.map(({ group }) => group))]
  const list = (group: string | undefined) =>
    options
      .filter((option) => option.group === group)
      .map((option) => (
        <option key={option.value} value={option.value}>
          {visible(option.label)}
        </option>
      ))
  return (
    <label className={value ? 'choice set' : 'choice'}>
      <span>{label}</span>
      <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">all</option>
        {value !== '' && !options.some((option) => option.value === value) && (
          <option value={value}>{visible(value)} (0)</option>
        )}
        {groups.map((group) =>
          group === undefined ? (
            list(group)
          ) : (
            <optgroup key={group} label={visible(group)}>
              {list(group)}
            </optgroup>
          ),
        )}
      </select>
    </label>
  )
}

export function SearchField(props: {
  value: string
  onChange(value: string): void
  label: string
  placeholder: string
}) {
  const { value, onChange, label, placeholder } = props
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.target instanceof HTMLElement && event.target.matches('input, select, textarea')) return
      event.preventDefault()
      field.current?.focus()
      field.current?.select()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])
  return (
    <label className="search">
      <span className="offscreen">{label}</span>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <circle cx="7" cy="7" r="4.5" />
        <path d="m10.5 10.5 4 4" />
      </svg>
      <input
        ref={field}
        type="search"
        value={value}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') document.querySelector<HTMLElement>('tbody tr[tabindex="0"]')?.focus()
          if (event.key !== 'Escape') return
          event.stopPropagation()
          onChange('')
        }}
      />
      <kbd>/</kbd>
    </label>
  )
}

/** The search text: shown at once, written to the address when the typing rests. */
export function useSearchText(route: Route): [string, (text: string) => void] {
  const inAddress = route.params.get('q') ?? ''
  const [text, setText] = useState(inAddress)
  const latest = useRef({ route, written: inAddress })
  latest.current.route = route
  useEffect(() => {
    // the address changed by other hands: a link, Back
    if (inAddress === latest.current.written) return
    latest.current.written = inAddress
    setText(inAddress)
  }, [inAddress])
  useEffect(() => {
    if (text === latest.current.written) return
    const timer = setTimeout(() => {
      // who opens a row writes the text with it, and must not have it closed again
      if (text === latest.current.written) return
      latest.current.written = text
      go(hrefWith(latest.current.route, { q: text, page: null, open: null }), 'replace')
    }, 150)
    return () => clearTimeout(timer)
  }, [text])
  return [text, setText]
}
