/** The bytes that JSON is made of. */

export const QUOTE = 0x22
export const BACKSLASH = 0x5c
export const OPEN = 0x7b
export const CLOSE = 0x7d
export const OPEN_LIST = 0x5b
export const CLOSE_LIST = 0x5d
export const COMMA = 0x2c
export const SPACE = 0x20
export const NEWLINE = 0x0a
