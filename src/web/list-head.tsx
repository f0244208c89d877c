/** What stands above a table: how many rows there are of how many, and the way back to all of them. */
import type { ReactNode } from 'react'
import { count, plural } from './text.tsx'

interface Props {
  shown: number
  all: number
  /** What a row is, in the singular. */
  noun: string
  /** Whether the address has a filter, though it may leave out no row. */
  isFiltered: boolean
  /** Takes every filter away. */
  onClear(): void
  /** What follows the number. */
  note?: ReactNode
  children?: ReactNode
}

export function ListHead({ shown, all, noun, isFiltered, onClear, note, children }: Props) {
  return (
    <div className="list-head">
      <p role="status">
        <b>{plural(shown, noun)}</b>
        {shown !== all && <span className="dim"> of {count(all)}</span>}
        {note}
      </p>
      {(shown !== all || isFiltered) && (
        <button type="button" className="link" onClick={onClear}>
          Clear
        </button>
      )}
      {children}
    </div>
  )
}
