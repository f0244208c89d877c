/** This machine: files of tools that use AWS, environments of processes, and whether a role could take their place. */
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { InputError } from '../../model/errors.ts'
import { reasonOf } from '../read-failure.ts'
import type { Scanner } from '../scanner.ts'
import type { Sink } from '../source.ts'
import { HOME_PATHS, SYSTEM_PATHS } from './host-paths.ts'
import { type InstanceRole, instanceRole } from './instance-role.ts'
import { type ProcessSink, scanProcesses } from './processes.ts'
import { walkTree } from './tree.ts'

export interface HostOptions {
  scanner: Scanner
  /** Walks files and folders into the sink: `walkTree`, or what opens archives on the way. */
  walk?: (paths: string[], sink: Sink) => void
  /** The folder that stands for `/`: a mounted disk; its processes are then not this machine's. */
  root?: string
  /** Homes to look into, in place of this user's, or of everyone's when root. */
  homes?: readonly string[]
  /** Where Linux shows processes; null: not looked at. */
  proc?: string | null
  platform?: NodeJS.Platform
  /** In place of the link-local address of the instance metadata service; null: not asked. */
  metadataEndpoint?: string | null
}

export interface HostSummary {
  homes: string[]
  /** Files and folders that were there. */
  paths: number
  processes: number
  instanceRole: InstanceRole
}

/**
 * Hands to the sink what lies on this machine: of this user, or of all users when root. What is there but cannot be
 * read is a skip; what is not there is none. Changes nothing, and asks no one but the instance metadata service.
 */
export async function scanHost(sink: ProcessSink, options: HostOptions): Promise<HostSummary> {
  const { root = '/', platform = process.platform, walk = walkTree } = options
  const homes = [...(options.homes ?? homesOf(root))]
  const paths = [
    ...homes.flatMap((home) => HOME_PATHS.flatMap((path) => existing(home, path, sink))),
    ...SYSTEM_PATHS.flatMap((path) => existing(root, path, sink)),
  ]
  const unique = [...new Set(paths)]
  for (const path of unique) lookInto(path, walk, sink)
  return {
    homes,
    paths: unique.length,
    processes: processesOf(options, platform, sink),
    instanceRole: await roleOf(options, sink),
  }
}

/** It may have gone since it was seen. */
function lookInto(path: string, walk: NonNullable<HostOptions['walk']>, sink: Sink): void {
  try {
    walk([path], sink)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    sink.skip(path, 'no such file')
  }
}

function processesOf({ proc, root, scanner }: HostOptions, platform: NodeJS.Platform, sink: ProcessSink): number {
  if (proc === null || (proc === undefined && root !== undefined)) return 0
  if (proc === undefined && platform !== 'linux') {
    sink.skip('environment of processes', `not supported on ${platform}`)
    return 0
  }
  return scanProcesses(proc ?? '/proc', sink, scanner)
}

async function roleOf({ metadataEndpoint, root }: HostOptions, sink: Sink): Promise<InstanceRole> {
  if (metadataEndpoint === null || (metadataEndpoint === undefined && root !== undefined)) return null
  const role = await instanceRole(metadataEndpoint === undefined ? {} : { endpoint: metadataEndpoint })
  if (role?.status === 'no-answer') sink.skip('instance metadata', 'no answer')
  return role
}

/** All homes when root, from the list of users and from where homes usually are; else this user's. */
function homesOf(root: string): string[] {
  const isWhole = root !== '/' || process.getuid?.() === 0
  if (!isWhole) return [homedir()]
  const listed = usersFile(root).flatMap((line) => line.split(':')[5] ?? [])
  const found = ['home', 'Users'].flatMap((folder) => names(join(root, folder)).map((name) => `/${folder}/${name}`))
  const homes = [...listed, ...found, '/root', '/var/root'].filter((home) => home.startsWith('/') && home !== '/')
  const own = root === '/' ? [homedir()] : []
  return [...new Set([...own, ...homes.map((home) => join(root, home))])].filter(isFolder).sort()
}

function usersFile(root: string): string[] {
  try {
    return readFileSync(join(root, 'etc/passwd'), 'utf8').split('\n')
  } catch {
    return [] // macOS and Windows keep users elsewhere
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function isFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory()
  } catch {
    return false
  }
}

/** The paths that are there, with `*` for any name; what may not be entered is a skip. */
function existing(base: string, pattern: string, sink: Sink): string[] {
  const star = pattern.indexOf('*')
  if (star >= 0) {
    const folder = join(base, pattern.slice(0, star))
    const rest = pattern.slice(star + 1)
    return (seen(() => readdirSync(folder), folder, sink) ?? [])
      .filter((name) => rest.startsWith('/') || name.endsWith(rest))
      .flatMap((name) => existing(join(folder, name), rest.startsWith('/') ? rest.slice(1) : '', sink))
  }
  const path = join(base, pattern).replace(/\/$/, '')
  return seen(() => statSync(path), path, sink) === null ? [] : [path]
}

/** null where there is nothing, or where a skip says that nobody may look. */
function seen<T>(look: () => T, path: string, sink: Sink): T | null {
  try {
    return look()
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && /^(?:ENOENT|ENOTDIR|ELOOP)$/.test(String(error.code))
    if (!isMissing) sink.skip(path, reasonOf(error))
    return null
  }
}
