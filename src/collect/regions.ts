/** Which regions to ask. */
import { KeyreeveError } from '../model/errors.ts'
import { shortList } from './ledger.ts'

/**
 * @param enabled null: AWS did not say
 * @param wanted those that the user named; undefined: all
 * @param home asked when nothing else is known
 * @returns the regions to ask, and what to write down of those that are left out
 */
export function chosenRegions(
  enabled: readonly string[] | null,
  wanted: readonly string[] | undefined,
  home: string,
): { regions: string[]; gap: string | null } {
  const regions = wanted ? [...new Set(wanted)].sort() : [...(enabled ?? [home])]
  const unknown = enabled ? regions.find((region) => !enabled.includes(region)) : undefined
  if (unknown !== undefined) {
    const shown = /^[\w-]{1,40}$/.test(unknown) ? `\`${unknown}\`` : 'a region'
    throw new KeyreeveError('usage', `${shown} is not an enabled region of this account`, {
      hint: `its regions are ${shortList(enabled ?? [], 40)}`,
    })
  }
  const others = enabled?.filter((region) => !regions.includes(region)) ?? []
  if (others.length > 0) return { regions, gap: `not asked in ${shortList(others)} (--regions)` }
  if (!enabled) return { regions, gap: `asked in ${regions.join(', ')} only: the enabled regions are not known` }
  return { regions, gap: null }
}
