/** What is asked before a rotation begins; nothing is changed. */
import { DeliveryError } from '../deliver/destination.ts'
import type { RotateContext } from './context.ts'
import type { Uses } from './journal.ts'
import { type LastUse, latest, OWN_USE, plusDays } from './silence.ts'
import { deniedChanges, isQuarantined, lastUseOf, listKeys, type UserKey } from './user-keys.ts'

export interface Wanted {
  userName: string
  /** null: the user's only active key. */
  keyId: string | null
  to: readonly string[]
  silenceDays: number
}

export interface KnownKey extends UserKey {
  lastUsed: LastUse
  uses: Uses
  isIdle: boolean
}

export type Survey =
  | { ok: true; keyId: string; uses: Uses }
  /** `idle`: the other key, which nobody uses, and which takes the room. */
  | { ok: false; because: string; hint: string | null; idle: KnownKey | null }

export async function survey(context: RotateContext, wanted: Wanted): Promise<Survey> {
  const { userName, to } = wanted
  const no = (because: string, hint: string | null = null, idle: KnownKey | null = null): Survey => ({
    ok: false,
    because,
    hint,
    idle,
  })
  const { call, failureOf } = context
  const listed = await listKeys(call, userName)
  const keyId = wanted.keyId ?? onlyActive(listed)
  const key = listed.find(({ accessKeyId }) => accessKeyId === keyId)
  if (keyId !== null && !key) return no(`${userName} has no key ${keyId}`)
  if (await isQuarantined(call, userName))
    return no(
      `AWS has quarantined ${userName}: it has seen a key of this user in public`,
      'this is an emergency, not a rotation: `keyreeve revoke`',
    )
  if (listed.length > 1 || !key) return noRoom(context, wanted, listed, no)
  if (!key.isActive) return no(`${keyId} is inactive: there is nothing to replace`, '`keyreeve plan` deletes it')
  if (to.length === 0)
    return no(`nothing says where the new key of ${userName} goes`, 'give --to, once for each destination')
  const denied = await deniedChanges(call, userName, failureOf)
  if (denied.length > 0) return no(`these credentials may not finish it: ${denied.join(', ')}`)
  for (const uri of to)
    try {
      const destination = context.destination(uri)
      const { pair } = await destination.look()
      await destination.isOurs?.()
      // a typing mistake must not take away somebody else's key
      if (pair && pair.accessKeyId !== keyId && pair.accessKeyId !== '' && !context.overwrite)
        return no(
          `${destination.name} holds another key, ${visibleId(pair.accessKeyId)}, and not ${keyId}`,
          'is it the right destination? `--overwrite` replaces what it holds',
        )
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error
      return no(error.message, error.hint ?? null)
    }
  return { ok: true, keyId: key.accessKeyId, uses: await context.uses(key.accessKeyId, null) }
}

function lastUseText({ date }: LastUse, isOwn = false): string {
  if (date === null) return 'never used'
  return `last used ${date.slice(0, 10)}${isOwn ? ` ${OWN_USE}` : ''}`
}

/** What stands in the place of an ID, unless it is something that must not be shown. */
function visibleId(text: string): string {
  return /^A[A-Z0-9]{15,31}$/.test(text) ? text : '(no access key ID)'
}

function onlyActive(keys: readonly UserKey[]): string | null {
  const active = keys.filter(({ isActive }) => isActive)
  return active.length === 1 ? active[0]!.accessKeyId : null
}

/** A user has two keys at most: with two, none can be made. Which of them is idle, if any. */
async function noRoom(
  context: RotateContext,
  { userName, silenceDays, keyId }: Wanted,
  listed: readonly UserKey[],
  no: (because: string, hint?: string | null, idle?: KnownKey | null) => Survey,
): Promise<Survey> {
  if (listed.length === 0) return no(`${userName} has no access key`)
  if (listed.length === 1) return no(`${listed[0]!.accessKeyId} is inactive: there is nothing to replace`)
  const now = context.now().toISOString()
  const keys: KnownKey[] = []
  for (const key of listed) {
    const [lastUsed, uses] = [await lastUseOf(context.call, key.accessKeyId), await context.uses(key.accessKeyId, null)]
    const last = latest([lastUsed.date, ...uses.consumers.map(({ lastSeen }) => lastSeen)])
    // a key that was just made is not idle, though nobody has used it yet
    const isIdle = plusDays(last ?? key.createDate, silenceDays) <= now
    keys.push({ ...key, lastUsed, uses, isIdle })
  }
  const words = keys.map(
    ({ accessKeyId, isActive, lastUsed }) =>
      `${accessKeyId} is ${isActive ? 'active' : 'inactive'}, ${lastUseText(lastUsed, context.isOwnUse?.(accessKeyId, lastUsed))}`,
  )
  const idle = keys.filter(({ isIdle, accessKeyId }) => isIdle && accessKeyId !== keyId)
  const inactive = idle.find(({ isActive }) => !isActive)
  const chosen = inactive ?? (idle.length === 1 ? idle[0]! : null)
  const because = `${userName} has two keys, and IAM allows no third: ${words.join('; ')}`
  if (chosen)
    return no(
      because,
      `${chosen.accessKeyId} is idle by this evidence: \`--make-room\` deactivates it, watches, and deletes it after the grace`,
      chosen,
    )
  return no(
    because,
    idle.length > 1
      ? 'nobody uses either: say with its ID which one is to be replaced'
      : 'the other one is or may be in use: move its consumers first',
  )
}
