/** How old the keys are: the older, the more copies of a key lie about. */
import type { KeyRow } from '../model/dossier.ts'
import { hrefOf } from './route.ts'
import { count, plural } from './text.tsx'

/** The last bucket is for keys whose age is not known. */
export const AGE_BUCKETS: readonly { id: string; label: string; from: number; to: number }[] = [
  { id: '0-30', label: '≤ 30 d', from: 0, to: 30 },
  { id: '31-90', label: '≤ 90 d', from: 31, to: 90 },
  { id: '91-180', label: '≤ 180 d', from: 91, to: 180 },
  { id: '181-365', label: '≤ 1 y', from: 181, to: 365 },
  { id: '1-3y', label: '≤ 3 y', from: 366, to: 1095 },
  { id: '3y', label: '> 3 y', from: 1096, to: Number.POSITIVE_INFINITY },
]

export function ageBucketOf({ ageDays }: KeyRow): string {
  if (ageDays === null) return 'unknown'
  return AGE_BUCKETS.find(({ to }) => ageDays <= to)?.id ?? 'unknown'
}

const HEIGHT = 92
const STEP = 62

export function KeyAgeChart({ keys, selected = '' }: { keys: readonly KeyRow[]; selected?: string }) {
  const counts = new Map<string, { active: number; inactive: number }>()
  for (const key of keys) {
    const bucket = ageBucketOf(key)
    const entry = counts.get(bucket) ?? { active: 0, inactive: 0 }
    entry[key.status]++
    counts.set(bucket, entry)
  }
  const unknown = counts.get('unknown')
  const buckets = unknown ? [...AGE_BUCKETS, { id: 'unknown', label: 'unknown' }] : AGE_BUCKETS
  const most = Math.max(1, ...[...counts.values()].map(({ active, inactive }) => active + inactive))
  const heightOf = (n: number) => (n === 0 ? 0 : Math.max(2, (n / most) * HEIGHT))
  const width = buckets.length * STEP
  if (keys.length === 0) return null
  return (
    <figure className="age-chart" aria-label="Access keys by age">
      <svg viewBox={`0 0 ${width} ${HEIGHT + 38}`}>
        <title>Access keys by age</title>
        {buckets.map(({ id, label }, i) => {
          const { active, inactive } = counts.get(id) ?? { active: 0, inactive: 0 }
          const x = i * STEP
          const top = HEIGHT + 16 - heightOf(active) - heightOf(inactive)
          const description = `${plural(active, 'active key')} and ${count(inactive)} inactive, ${label} old`
          return (
            <a
              key={id}
              href={hrefOf('keys', { age: selected === id ? null : id })}
              aria-label={description}
              className={selected === id ? 'on' : undefined}
            >
              <title>{description}</title>
              <rect x={x} y="0" width={STEP} height={HEIGHT + 38} className="hit" />
              <rect x={x + 8} y={top} width={STEP - 16} height={heightOf(inactive)} className="inactive" />
              <rect
                x={x + 8}
                y={HEIGHT + 16 - heightOf(active)}
                width={STEP - 16}
                height={heightOf(active)}
                className={i >= 2 && id !== 'unknown' ? 'active old' : 'active'}
              />
              <text x={x + STEP / 2} y={top - 5} className="value">
                {active + inactive > 0 && count(active + inactive)}
              </text>
              <text x={x + STEP / 2} y={HEIGHT + 32} className="label">
                {label}
              </text>
            </a>
          )
        })}
        <line x1="0" x2={width} y1={HEIGHT + 16.5} y2={HEIGHT + 16.5} className="axis" />
      </svg>
      <figcaption>
        <span className="key active">active</span>
        <span className="key active old">active, over 90 days</span>
        <span className="key inactive">inactive</span>
      </figcaption>
    </figure>
  )
}
