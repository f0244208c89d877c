/** Object types as packs number them: gitformat-pack(5), "pack-*.pack files have the following format". */
export const COMMIT = 1
export const TREE = 2
export const BLOB = 3
export const TAG = 4
export const OFS_DELTA = 6
export const REF_DELTA = 7

export type ObjectType = typeof COMMIT | typeof TREE | typeof BLOB | typeof TAG

export const TYPE_OF_NAME: Readonly<Record<string, ObjectType>> = { commit: COMMIT, tree: TREE, blob: BLOB, tag: TAG }

/** Something in a repository that is not as git's formats say. It never leaves this folder: it becomes a skip. */
export class DamagedObject extends Error {}
