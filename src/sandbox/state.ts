/**
 * The sandbox's world: one AWS organization (or one lone account) in memory, as plain typed data that the service
 * handlers read and write and that an example fills.
 *
 * What belongs together is held by reference (a user's groups, a device's owner), so a rename is one assignment. Maps
 * and Sets rather than objects, because names are hostile input (`__proto__` is a legal user name).
 * INVARIANT: whoever changes the world other than through the constructors here calls {@link touch}.
 */

export * from './state/account.ts'
export * from './state/chance.ts'
export * from './state/credentials.ts'
export * from './state/ids.ts'
export * from './state/organization.ts'
export * from './state/regional.ts'
export { documentText, tagsOf } from './state/values.ts'
export * from './state/world.ts'
