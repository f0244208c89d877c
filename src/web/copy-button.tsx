import { useEffect, useState } from 'react'
import { hasHidden } from './text.tsx'

/** Copies a text, unless it holds characters that a terminal would obey and nobody would see. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [done, setDone] = useState<'' | 'copied' | 'failed'>('')
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(''), 1500)
    return () => clearTimeout(timer)
  }, [done])
  if (hasHidden(text.replaceAll('\n', '')))
    return <span className="copy-refused">has hidden characters: not for copying</span>
  return (
    <button
      type="button"
      className="copy"
      aria-live="polite"
      onClick={() => copy(text).then((ok) => setDone(ok ? 'copied' : 'failed'))}
    >
      {done === 'copied' ? 'Copied' : done === 'failed' ? 'Select and copy by hand' : label}
    </button>
  )
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyFromSelection(text)
  }
}

/** Browsers that give a page from a file no clipboard still copy a selection. */
function copyFromSelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'offscreen'
  document.body.append(area)
  area.select()
  const ok = document.execCommand('copy')
  area.remove()
  return ok
}
