/** What was clicked, in full, beside the table it was clicked in. */
import { type ReactNode, useEffect, useRef } from 'react'

interface Props {
  label: string
  /** Changes when something else is shown. */
  of: string
  onClose(): void
  onStep?: ((by: 1 | -1) => void) | undefined
  children: ReactNode
}

export function Drawer({ label, of, onClose, onStep, children }: Props) {
  const panel = useRef<HTMLElement>(null)

  useEffect(() => {
    panel.current?.scrollTo(0, 0)
    // not from the search field: a person who types goes on typing
    if (of && !(document.activeElement instanceof HTMLInputElement)) panel.current?.focus({ preventScroll: true })
  }, [of])

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.matches('input, select, textarea')
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key === 'Escape') {
        onClose()
        // back to where the person came from
        requestAnimationFrame(() => document.querySelector<HTMLElement>('tbody tr[tabindex="0"]')?.focus())
      } else if (!typing && event.key === 'j') onStep?.(1)
      else if (!typing && event.key === 'k') onStep?.(-1)
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [onClose, onStep])

  return (
    <aside className="drawer" ref={panel} tabIndex={-1} aria-label={label}>
      <div className="drawer-bar">
        <span className="drawer-label">{label}</span>
        {onStep && (
          <>
            <button type="button" onClick={() => onStep(-1)} aria-label="Previous" title="Previous (k)">
              ↑
            </button>
            <button type="button" onClick={() => onStep(1)} aria-label="Next" title="Next (j)">
              ↓
            </button>
          </>
        )}
        <button type="button" onClick={onClose} aria-label="Close" title="Close (Esc)">
          ✕
        </button>
      </div>
      {children}
    </aside>
  )
}
