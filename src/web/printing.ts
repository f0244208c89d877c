import { useEffect, useState } from 'react'
import { flushSync } from 'react-dom'

/** More findings than this on paper help nobody; the printout says what it leaves out. */
export const PRINT_LIMIT = 1_000

/** Whether the page is being printed: then a view renders all it has, not one page of it. */
export function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false)
  useEffect(() => {
    // synchronously: the browser takes its picture when the event handlers are done
    const set = (on: boolean) => flushSync(() => setPrinting(on))
    const before = () => set(true)
    const after = () => set(false)
    const media = window.matchMedia('print')
    const change = () => set(media.matches)
    window.addEventListener('beforeprint', before)
    window.addEventListener('afterprint', after)
    media.addEventListener('change', change)
    return () => {
      window.removeEventListener('beforeprint', before)
      window.removeEventListener('afterprint', after)
      media.removeEventListener('change', change)
    }
  }, [])
  return printing
}
