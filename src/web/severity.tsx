/** Severity as colour, shape and word together: nobody has to rely on the colour. */
import { SEVERITIES, type Severity } from '../model/finding.ts'
import { count, plural } from './text.tsx'

export function SeverityBadge({ severity }: { severity: Severity }) {
  return (
    <span className={`sev sev-${severity}`}>
      <SeverityMark severity={severity} />
      {severity}
    </span>
  )
}

/** Fuller means worse. */
export function SeverityMark({ severity }: { severity: Severity }) {
  const level = SEVERITIES.length - SEVERITIES.indexOf(severity)
  return (
    <svg className={`mark fill-${severity}`} viewBox="0 0 14 12" width="14" height="12" aria-hidden="true">
      {[1, 2, 3, 4].map((bar) => (
        <rect
          key={bar}
          x={(bar - 1) * 3.6}
          y={10 - bar * 2.4}
          width="2.6"
          height={bar * 2.4 + 1}
          rx="0.6"
          className={bar < level ? '' : 'off'}
        />
      ))}
    </svg>
  )
}

/** One bar, split by severity. Gaps between the parts keep neighbours apart without colour. */
export function SeverityBar({
  counts,
  scale,
  height = 10,
}: {
  counts: readonly number[]
  scale?: number
  height?: number
}) {
  const total = counts.reduce((sum, n) => sum + n, 0)
  const width = 1000
  const used = (width * total) / Math.max(1, scale ?? total)
  // a single critical finding among thousands still has to be seen
  const least = 8
  const present = counts.filter((n) => n > 0).length
  const share = (n: number) => (n === 0 ? 0 : least + ((used - least * present) * n) / total)
  let x = 0
  return (
    <svg
      className="severity-bar"
      viewBox={`0 0 ${width} ${height}`}
      height={height}
      preserveAspectRatio="none"
      role="img"
      aria-label={SEVERITIES.map((severity, i) => `${count(counts[i] ?? 0)} ${severity}`).join(', ')}
    >
      <rect x="0" y="0" width={width} height={height} className="track" />
      {SEVERITIES.map((severity, i) => {
        const n = counts[i] ?? 0
        const rect = { x, width: Math.max(0, share(n) - 2) }
        x += share(n)
        return (
          n > 0 && (
            <rect key={severity} {...rect} y="0" height={height} className={`fill-${severity}`}>
              <title>{`${plural(n, 'finding')}, ${severity}`}</title>
            </rect>
          )
        )
      })}
    </svg>
  )
}
