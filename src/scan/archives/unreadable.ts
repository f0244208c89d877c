/** Why one member, or the rest of it, was not looked at. Never leaves this folder: it becomes a skip. */
export class Unreadable extends Error {}

/** Why the whole archive is given up: it has used up what one archive may cost. Becomes a skip as well. */
export class Exhausted extends Error {}

export const damaged = (what: string) => new Unreadable(`damaged: ${what}`)
export const unsupported = (what: string) => new Unreadable(`not supported: ${what}`)
