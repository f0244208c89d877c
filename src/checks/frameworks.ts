/** Which controls of which framework each check answers. Data; checks do not know it. */
import type { Frameworks } from './run.ts'

export const FRAMEWORKS: Frameworks = {}
