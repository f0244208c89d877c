/** Text from outside, shown as it is: control and direction characters become visible signs, never act. */
import { Fragment, type ReactNode } from 'react'
import { formatNumber, counted as plural } from '../model/numbers.ts'
import { printable } from '../report/escape.ts'
import { dayOf, minuteOf } from '../report/words.ts'

export { formatNumber as count, minuteOf as time, plural }

/** What an eye does not see, or takes for something else; as in `report/escape.ts`. */
const HIDDEN =
  /[\p{C}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\u034f|[\u17b4\u17b5]|[\u180b-\u180f]|[\u{e0100}-\u{e01ef}]/gu

/** In a run of its own, so that right-to-left names do not turn their surroundings round. */
export function Text({ children }: { children: string }): ReactNode {
  if (children.search(HIDDEN) < 0) return <bdi>{children}</bdi>
  const parts: ReactNode[] = []
  let end = 0
  for (const match of children.matchAll(HIDDEN)) {
    parts.push(<Fragment key={`t${end}`}>{children.slice(end, match.index)}</Fragment>)
    parts.push(
      <span className="ctl" title="a character that cannot be seen" key={`c${match.index}`}>
        {printable(match[0])}
      </span>,
    )
    end = match.index + match[0].length
  }
  return (
    <bdi>
      {parts}
      {children.slice(end)}
    </bdi>
  )
}

/** Sentences of ours, which put names in `backticks`. */
export function Prose({ children }: { children: string }): ReactNode {
  const parts = children.split(/`([^`]+)`/)
  if (parts.length === 1) return <Text>{children}</Text>
  return parts.map((part, i) => {
    const key = `${i} ${part}`
    if (i % 2 === 0) return <Text key={key}>{part}</Text>
    return (
      <code key={key}>
        <Text>{part}</Text>
      </code>
    )
  })
}

/** A key by its ID; where only the credential report was read, by its place in that. */
export function keyLabel(subjectId: string): string {
  const slot = /#([12])$/.exec(subjectId)
  return slot ? `key #${slot[1]}, ID not read` : subjectId
}

/** The same for places that take plain text only: titles, options. */
export function visible(text: string): string {
  return text.replace(HIDDEN, printable)
}

export function hasHidden(text: string): boolean {
  return text.search(HIDDEN) >= 0
}

/** `today`, `12 days ago`, `3 years ago`. */
export function day(iso: string): string {
  return printable(dayOf(iso))
}

export function ago(days: number | null): string {
  if (days === null) return ''
  if (days <= 0) return 'today'
  return `${duration(days)} ago`
}

export function duration(days: number): string {
  if (days < 90) return plural(days, 'day')
  if (days < 730) return plural(Math.floor(days / 30.44), 'month')
  return plural(Math.floor(days / 365.25), 'year')
}

/** The credential report's word for root is nobody else's. */
export function personName(name: string): string {
  return name === '<root_account>' ? 'root user' : name
}

const FRAMEWORK_NAMES: Record<string, string> = { cis: 'CIS', aws: 'AWS' }

/** `cis-aws-5.0` as `CIS AWS 5.0`. */
export function frameworkName(id: string): string {
  return visible(id)
    .split('-')
    .map((word) => FRAMEWORK_NAMES[word] ?? word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}

/** `mfa` as `MFA`, `keys` as `Keys`. */
export function groupName(group: string): string {
  if (group === 'mfa') return 'MFA'
  return visible(group.charAt(0).toUpperCase() + group.slice(1))
}
