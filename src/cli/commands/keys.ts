import { Command } from 'commander'
import type { Audit } from '../../model/audit.ts'
import type { KeyRow } from '../../model/dossier.ts'
import { KeyreeveError } from '../../model/errors.ts'
import type { Snapshot } from '../../model/snapshot.ts'
import { type AccountDataFlags, addAccountDataOptions, readAccounts } from '../account-data.ts'
import { EXIT } from '../errors.ts'
import { addConfigOption } from '../findings-options.ts'
import { addOutputOptions } from '../output-options.ts'
import { writeOutput } from '../outputs.ts'
import { addLeaksOptions, type LeaksFlags, scansFor } from '../saved-scans.ts'
import { terminalFor } from '../terminal.ts'
import { addTrailOption, savedTrail, type TrailFlags } from '../trail-evidence.ts'
import { visible } from '../visible.ts'

const KEYS_FORMATS = ['terminal', 'json', 'csv', 'markdown'] as const
type KeysFormat = (typeof KEYS_FORMATS)[number]

export function keysCommand(): Command {
  const command = new Command('keys')
    .summary('every access key: owner, age, last use, what is wrong, what to do')
    .description('Lists every access key of the account, worst first; with an ID, all that is known of that key.')
    .argument('[id]', 'access key ID (AKIA…)')
    .addHelpText('after', EXAMPLES)
  addAccountDataOptions(command)
  addLeaksOptions(command)
  addConfigOption(command)
  addTrailOption(command)
  const outputs = addOutputOptions(command, KEYS_FORMATS, 'terminal')
  return command.action(
    async (id: string | undefined, flags: AccountDataFlags & LeaksFlags & TrailFlags & { config?: string }) => {
      const wanted = outputs()
      if (id !== undefined) checkId(id)
      const [{ loadConfig }, { runAudit }] = await Promise.all([import('../config.ts'), import('../run-audit.ts')])
      const config = await loadConfig(flags.config)
      const scans = await scansFor(flags)
      const { snapshots, notes } = await readAccounts(flags)
      const reach = id ?? wanted.some(({ format }) => format === 'json')
      const audit = runAudit(snapshots, config, { notes, reach, scans, usage: await savedTrail(flags.trail) })
      process.exitCode = snapshots.every(({ complete }) => complete) ? EXIT.ok : EXIT.incomplete
      for (const { format, file } of wanted) {
        await writeOutput(file, await keysReport({ audit, snapshots }, id, format, file))
        if (file !== null) process.stderr.write(`wrote ${visible(file)}\n`)
      }
    },
  )
}

async function keysReport(
  { audit, snapshots }: { audit: Audit; snapshots: Snapshot[] },
  id: string | undefined,
  format: KeysFormat,
  file: string | null,
): Promise<Iterable<string>> {
  const report = await import('../../report/keys.ts')
  const rows = id === undefined ? audit.keys : audit.keys.filter(({ accessKeyId }) => accessKeyId === id)
  if (id !== undefined && rows.length === 0) throw notThere(id, audit)
  switch (format) {
    case 'json':
      return report.keysJson(rows)
    case 'csv':
      return report.keysCsv(rows)
    case 'markdown':
      return report.keysMarkdown(rows)
    case 'terminal': {
      const options = { ...terminalFor(file), audit }
      if (id === undefined) return [report.keysTable(rows, options)]
      return rows.map((row) => report.keyDossier(row, audit.findings, { ...options, owner: ownerOf(row, snapshots) }))
    }
  }
}

/** What else is known of a key's owner. */
function ownerOf({ owner, accountId }: KeyRow, snapshots: Snapshot[]) {
  const snapshot = snapshots.find((candidate) => candidate.accountId === accountId)
  if (owner.kind === 'root') return { mfaActive: snapshot?.root.mfaActive ?? null }
  const user = snapshot?.users.find(({ userName }) => userName === owner.name)
  return {
    groups: user?.groups ?? null,
    mfaActive: user?.mfaActive ?? null,
    console: user?.password?.enabled ?? null,
  }
}

/** Whatever was typed is not repeated in full: it may be a secret, pasted by mistake. */
function checkId(id: string): void {
  if (/^(AKIA|ASIA)[A-Z0-9]{12,124}$/.test(id)) return
  throw new KeyreeveError('usage', 'that is no access key ID', {
    hint: 'an access key ID is AKIA followed by 16 letters and digits; `keyreeve keys` lists them all',
  })
}

function notThere(id: string, { accounts, keys }: Audit): KeyreeveError {
  const where = accounts.map(({ accountId }) => accountId).join(', ')
  return new KeyreeveError('input', `access key \`${id}\` is not in account ${where}`, {
    hint: keys.some(({ accessKeyId }) => accessKeyId === null)
      ? 'the credential report has no key IDs: audit the account itself, or add the saved list-access-keys'
      : '`keyreeve keys` lists the keys that are',
  })
}

const EXAMPLES = `
Examples:
  keyreeve keys --profile prod
  keyreeve keys AKIAIOSFODNN7EXAMPLE --profile prod
  keyreeve keys --snapshot details.json report.csv --format csv --output keys.csv`
