/** Object types as packs number them: gitformat-pack(5), "pack-*.pack files have the following format". */
export const COMMIT = 1
export const TREE = 2
export const BLOB = 3
export const TAG = 4
export const OFS_DELTA = 6
export const REF_DELTA = 7

export type ObjectType = typeof COMMIT | typeof TREE | typeof BLOB | typeof TAG

export const TYPE_OF_NAME: Readonly<Record<string, ObjectType>> = { commit: COMMIT, tree: TREE, blob: BLOB, tag: TAG }

/** git knows it without having it: its ID as SHA-1 and as SHA-256. Source: `git hash-object -t tree /dev/null`. */
const EMPTY_TREES = [
  '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
]

export function isEmptyTree(oid: string): boolean {
  return EMPTY_TREES.includes(oid)
}

/** Something in a repository that is not as git's formats say. It never leaves this folder: it becomes a skip. */
export class DamagedObject extends Error {}
