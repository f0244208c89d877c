/** Every check, in the order reports use. */
import type { Check } from './check.ts'
import { keyAge } from './key-age.ts'
import { rootAccessKey } from './root-access-key.ts'

export const CHECKS: readonly Check[] = [rootAccessKey, keyAge]
