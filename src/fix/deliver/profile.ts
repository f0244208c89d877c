/**
 * A profile of a shared credentials file: its two lines are changed, all else stays as it is to the last byte. The new
 * file takes the old one's place at once, with its owner, group and mode, for who reads it with them; a link is followed.
 * A file that is not there is made, for its owner alone, with its folder, as `aws configure` does.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
import { randomUUID } from 'node:crypto'
import {
  access,
  constants,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { DeliveryError, type Destination, type Held, isSame, type KeyPair } from './destination.ts'

/** Far more than anybody's credentials. */
const MAX_BYTES = 4 * 1024 * 1024

export function credentialsFile(file: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  const path = file ?? (env.AWS_SHARED_CREDENTIALS_FILE || '~/.aws/credentials')
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path
}

export function profileDestination(uri: string, { profile, file }: { profile: string; file: string }): Destination {
  const name = `the profile ${profile} of ${file}`
  const read = async (): Promise<string> => {
    try {
      const there = await stat(file)
      if (!there.isFile() || there.size > MAX_BYTES)
        throw new DeliveryError(`${file} is no credentials file`, { isUnchanged: true })
      return await readFile(file, 'utf8')
    } catch (error) {
      throw fault(error, `${file} cannot be read`)
    }
  }
  /** A file with the profile alone, for its owner. Where somebody was quicker, theirs is left as it is. */
  const make = async (): Promise<void> => {
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      await writeWhole(file, headingAlone(profile))
    } catch (error) {
      throw fault(error, `${file} cannot be made`)
    }
  }
  const change = async (edit: (text: string) => string): Promise<void> => {
    await locked(file, async () => {
      const text = edit(await read())
      const target = await realpath(file)
      const partial = partialOf(target)
      try {
        await rm(partial, { force: true })
        await writeWhole(partial, text, target)
        await rename(partial, target)
      } catch (error) {
        await rm(partial, { force: true })
        throw fault(error, `${file} cannot be written`)
      }
    })
  }
  const held = async (): Promise<KeyPair | null> => pairOf(await read(), profile)
  return {
    uri,
    name,
    isReadable: true,
    async look() {
      if (await isMissing(file)) {
        await mayMake(file)
        return { pair: null, before: MISSING }
      }
      const text = await read()
      if (!sectionOf(text.split('\n'), profile))
        throw new DeliveryError(`${file} has no profile ${profile}`, {
          isUnchanged: true,
          hint: `add a line [${profile}] to it`,
        })
      if (settingIn(text, profile, TOKEN) !== null)
        throw new DeliveryError(`${name} has temporary credentials: a new key beside their ${TOKEN} would be refused`, {
          isUnchanged: true,
          hint: 'take that line out, or name another profile',
        })
      const target = await realpath(file)
      // where no file can be made, none can take the old one's place
      const probe = join(dirname(target), `.${randomUUID()}.partial`)
      await writeWhole(probe, '', target)
        .catch((error: unknown) => {
          throw fault(error, `${dirname(target)} cannot be written to`)
        })
        .finally(() => rm(probe, { force: true }))
      return { pair: pairOf(text, profile), before: settingsOf(text, profile) }
    },
    async deliver({ key }, before) {
      if (before.before === MISSING && (await isMissing(file))) await make()
      const previous = settingsBefore(before)
      await change((text) => {
        if (settingsOf(text, profile).accessKeyId !== previous.accessKeyId)
          throw new DeliveryError(`${name} was changed by somebody else meanwhile`, { isUnchanged: true })
        return withPair(text, profile, key)
      })
      if (!isSame(await held(), key)) throw new DeliveryError(`${name} does not hold what was put there`)
      return 'read-back'
    },
    async putBack(before) {
      if (!before) throw new DeliveryError(`${name}: the earlier key was in memory only, and is gone`)
      await change((text) => withPair(text, profile, settingsBefore(before)))
      // what was made is taken away again, unless somebody has put something there
      if (before.before === MISSING && (await read()) === headingAlone(profile)) await rm(file)
    },
    async tidy() {
      if (await isMissing(file)) return
      const partial = partialOf(await realpath(file))
      if (!(await isMissing(partial))) await locked(file, () => rm(partial, { force: true }))
    },
  }
}

/** What is to take the file's place: one of a run that was killed, with all keys of the file, is found by its name. */
const partialOf = (target: string): string => join(dirname(target), `.${basename(target)}.keyreeve-partial`)

/** What is held of a file that is not there. */
const MISSING = 'missing'

const headingAlone = (profile: string): string => `[${profile}]\n`

/** Not even a link that leads nowhere. */
async function isMissing(file: string): Promise<boolean> {
  try {
    await lstat(file)
    return false
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw fault(error, `${file} cannot be read`)
  }
}

/** Whether the file can be made, with its folder; nothing is. */
async function mayMake(file: string): Promise<void> {
  let folder = dirname(file)
  while (folder !== dirname(folder) && (await isMissing(folder))) folder = dirname(folder)
  try {
    await access(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw fault(error, `${file} is not there and cannot be made`)
  }
}

async function locked(file: string, work: () => Promise<void>): Promise<void> {
  const { lock } = await import('proper-lockfile')
  // longer than the lock of a run that was killed holds
  const retries = { retries: 11, minTimeout: 100, maxTimeout: 3000 }
  const release = await lock(file, { stale: 20_000, retries }).catch((cause: unknown) => {
    throw fault(cause, `${file} is locked by somebody else`)
  })
  try {
    await work()
  } finally {
    await release()
  }
}

/** @param like whose owner, group and mode it gets */
async function writeWhole(path: string, text: string, like?: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    if (like !== undefined) await giveTo(file, like)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Where the owner cannot be kept, who has read the file could not read it any more. */
async function giveTo(file: FileHandle, like: string): Promise<void> {
  const [own, wanted] = [await file.stat(), await stat(like)]
  if (own.uid !== wanted.uid || own.gid !== wanted.gid)
    await file.chown(wanted.uid, wanted.gid).catch((error: unknown) => {
      throw fault(error, `${like} belongs to somebody else, whose the new file could not be`)
    })
  await file.chmod(wanted.mode & 0o777)
}

function fault(error: unknown, message: string): DeliveryError {
  if (error instanceof DeliveryError) return error
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  return new DeliveryError(`${message}${code}`, { isUnchanged: true })
}

// ---- the lines of the file

const ID = 'aws_access_key_id'
const SECRET = 'aws_secret_access_key'
const TOKEN = 'aws_session_token'

/** First and last line of a profile's section, exclusive of its heading; the last section of that name counts. */
function sectionOf(lines: readonly string[], profile: string): { from: number; to: number } | null {
  let found: { from: number; to: number } | null = null
  for (let i = 0; i < lines.length; i++) {
    if (headingOf(lines[i]!) !== profile) continue
    let end = i + 1
    while (end < lines.length && headingOf(lines[end]!) === null) end++
    found = { from: i + 1, to: end }
  }
  return found
}

function headingOf(line: string): string | null {
  return /^\[\s*(?:profile\s+)?(.*?)\s*\]\s*(?:[#;].*)?\r?$/.exec(line)?.[1] ?? null
}

function settingOf(line: string, key: string): string | null {
  const [, name, value] = /^([^=#;[\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
  return name?.toLowerCase() === key ? (value ?? '') : null
}

/** The two settings of a profile; null: it has no such line. */
interface Settings {
  accessKeyId: string | null
  secretAccessKey: string | null
}

const NO_SETTINGS: Settings = { accessKeyId: null, secretAccessKey: null }

function settingsBefore({ before }: Held): Settings {
  return before === MISSING ? NO_SETTINGS : (before as Settings)
}

function settingsOf(text: string, profile: string): Settings {
  return { accessKeyId: settingIn(text, profile, ID), secretAccessKey: settingIn(text, profile, SECRET) }
}

/** The last line of that name counts; null: the profile has none. */
function settingIn(text: string, profile: string, key: string): string | null {
  const lines = text.split('\n')
  const section = sectionOf(lines, profile)
  let found: string | null = null
  for (const line of section ? lines.slice(section.from, section.to) : []) found = settingOf(line, key) ?? found
  return found
}

function pairOf(text: string, profile: string): KeyPair | null {
  const { accessKeyId, secretAccessKey } = settingsOf(text, profile)
  return accessKeyId !== null && secretAccessKey !== null ? { accessKeyId, secretAccessKey } : null
}

/** The text with other settings in the profile, or without them. */
export function withPair(text: string, profile: string, { accessKeyId, secretAccessKey }: Settings): string {
  const lines = text.split('\n')
  const section = sectionOf(lines, profile)
  if (!section) throw new DeliveryError(`the credentials file has no profile ${profile}`, { isUnchanged: true })
  const ending = lines[section.from - 1]!.endsWith('\r') ? '\r' : ''
  const wanted: [string, string | null][] = [
    [ID, accessKeyId],
    [SECRET, secretAccessKey],
  ]
  const kept = lines.slice(section.from, section.to)
  const missing: string[] = []
  for (const [key, value] of wanted) {
    if (value === null) continue
    const at = kept.findLastIndex((line) => settingOf(line, key) !== null)
    if (at < 0) missing.push(`${key} = ${value}${ending}`)
    else
      kept[at] = kept[at]!.replace(
        /^([^=]+=\s*).*?(\s*)$/,
        (_, before: string, after: string) => before + value + after,
      )
  }
  const gone = wanted.filter(([, value]) => value === null)
  const rest = kept.filter((line) => gone.every(([key]) => settingOf(line, key) === null))
  // a heading at the very end of a file without a last newline
  return [...lines.slice(0, section.from), ...missing, ...rest, ...lines.slice(section.to)].join('\n')
}
