const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'no such file',
  ELOOP: 'links lead in a circle',
  EIO: 'input/output error',
  ENXIO: 'no regular file',
  EISDIR: 'a folder',
  ENAMETOOLONG: 'name too long',
  EAGAIN: 'a pipe with nothing in it',
}

/** Why a file was not read, in a few words. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? (code || 'could not be read')
}
