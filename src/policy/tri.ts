/**
 * Three-valued logic. What is not known is `MAYBE`, and it stays so until something that is known decides: Kleene's
 * strong logic, in which `and` is the minimum and `or` the maximum.
 */
export type Tri = 0 | 1 | 2

export const NO = 0
export const MAYBE = 1
export const YES = 2

export function and(a: Tri, b: Tri): Tri {
  return a < b ? a : b
}

export function or(a: Tri, b: Tri): Tri {
  return a > b ? a : b
}

export function not(a: Tri): Tri {
  return (YES - a) as Tri
}

export function triOf(value: boolean): Tri {
  return value ? YES : NO
}
