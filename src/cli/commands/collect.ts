import { join } from 'node:path'
import { Command, Option } from 'commander'
import { shortList } from '../../collect/ledger.ts'
import { KeyreeveError } from '../../model/errors.ts'
import { brokenOffSentence, gapSentence } from '../../model/facts.ts'
import type { Coverage, Snapshot } from '../../model/snapshot.ts'
import { type AwsFlags, addAwsOptions, collectAccount } from '../account-data.ts'
import { EXIT } from '../errors.ts'
import { writeOutput } from '../outputs.ts'
import { visible } from '../visible.ts'
import { checkWorkspaceFolder, makeWorkspaceFolder, WORKSPACE } from '../workspace.ts'

const FOLDER = join(WORKSPACE, 'snapshots')

interface CollectFlags extends AwsFlags {
  output?: string
  printPolicy?: boolean
  printRole?: 'terraform' | 'cloudformation'
  trustedAccount?: string
}

export function collectCommand(): Command {
  const command = new Command('collect')
    .summary('save a snapshot of an account, to audit or compare later')
    .description('Reads an AWS account and writes a snapshot: plain JSON, no secret in it. Only reads.')
    .option('-o, --output <file>', 'where to write it; `-` is standard output (default: .keyreeve/snapshots/)')
    .option('--print-policy', 'print the exact read-only policy that collecting needs, and stop')
    .addOption(
      new Option('--print-role <format>', 'print the audit role with that policy, and stop').choices([
        'terraform',
        'cloudformation',
      ]),
    )
    .option('--trusted-account <id>', 'for --print-role: the account that may assume the role')
    .addHelpText('after', EXAMPLES)
  return addAwsOptions(command).action(async (flags: CollectFlags) => {
    if (flags.printPolicy || flags.printRole) return print(flags)
    if (flags.output === undefined) checkWorkspaceFolder(FOLDER)
    const snapshot = await collectAccount(flags)
    const file = flags.output === '-' ? null : (flags.output ?? defaultFile(snapshot))
    if (file !== null && flags.output === undefined) makeWorkspaceFolder(FOLDER)
    await writeOutput(file, snapshotChunks(snapshot))
    process.stderr.write(summaryOf(snapshot, file))
    process.exitCode = snapshot.complete ? EXIT.ok : EXIT.incomplete
  })
}

async function print(flags: CollectFlags): Promise<void> {
  const {
    printPolicy,
    printRole,
    trustedAccount,
    externalId,
    sshKeys = false,
    workloads = true,
    rootKeys = false,
  } = flags
  if (printPolicy && printRole)
    throw new KeyreeveError('usage', '`--print-policy` and `--print-role` are two different things', {
      hint: 'the role holds the policy',
    })
  const { auditRole, collectionPolicy } = await import('../../collect/permissions.ts')
  const text = printRole
    ? auditRole(printRole, {
        ...(trustedAccount ? { trustedAccountId: trustedAccount } : {}),
        ...(externalId ? { externalId } : {}),
        sshKeys,
        workloads,
      })
    : JSON.stringify(collectionPolicy({ sshKeys, workloads, rootKeys }), null, 2)
  await writeOutput(null, [text.endsWith('\n') ? text : `${text}\n`])
}

/** What broke off has a name that is not taken for the account's newest snapshot: see `newestSnapshots`. */
function defaultFile({ accountId, collectedAt, brokenOff }: Snapshot): string {
  const name = `${accountId}-${collectedAt.replaceAll(/[-:]/g, '')}`
  return join(FOLDER, `${name}${brokenOff ? '.partial' : ''}.json`)
}

function* snapshotChunks(snapshot: Snapshot): Iterable<string> {
  yield `${JSON.stringify(snapshot, null, 1)}\n`
}

function summaryOf(snapshot: Snapshot, file: string | null): string {
  const { accountId, users, roles, accessKeys, coverage } = snapshot
  const gaps = coverage.filter(({ status }) => status !== 'read')
  const broken = brokenOffSentence(snapshot)
  const aside = broken && file?.startsWith(FOLDER) ? ', which is not taken for the newest snapshot of the account' : ''
  return [
    `account ${accountId}: ${users.length} users, ${accessKeys.length} access keys, ${roles.length} roles`,
    ...gathered(gaps).map((sentence) => `not read: ${visible(sentence)}`),
    ...(broken ? [broken] : []),
    ...(file === null ? [] : [`wrote ${visible(file)}${aside}`]),
    '',
  ].join('\n')
}

/** One sentence for all sources that were not asked for the same reason. */
function gathered(gaps: readonly Coverage[]): string[] {
  const notAsked = new Map<string, Coverage[]>()
  const sentences: string[] = []
  for (const gap of gaps) {
    if (gap.status !== 'absent' || gap.region !== null || gap.detail === null) sentences.push(gapSentence(gap))
    else notAsked.set(gap.detail, [...(notAsked.get(gap.detail) ?? []), gap])
  }
  for (const alike of notAsked.values())
    sentences.push(gapSentence({ ...alike[0]!, source: shortList(alike.map(({ source }) => source)) }))
  return sentences
}

const EXAMPLES = `
Examples:
  keyreeve collect --profile prod
  keyreeve collect --profile prod --output prod.json && keyreeve audit --snapshot prod.json
  keyreeve collect --print-policy > keyreeve-read-only.json
  keyreeve collect --print-role terraform --trusted-account 123456789012 > keyreeve-audit.tf`
