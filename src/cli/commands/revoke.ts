import { Command } from 'commander'
import { type AwsFlags, addSessionOptions } from '../account-data.ts'
import { parseMoment } from '../since.ts'
import { addTrailOption } from '../trail-evidence.ts'

export interface RevokeFlags extends AwsFlags {
  yes?: boolean
  dryRun?: boolean
  json?: boolean
  evenMe?: boolean
  keepUser?: boolean
  organization?: boolean
  memberRole: string
  roles: 'assumed' | 'all-reachable'
  andWhatItMade?: boolean
  secondLook: boolean
  proveWithStdin?: boolean
  since?: string
  window: number
  user?: string
  undo?: string
  measure?: string[]
  trail: string
}

export function revokeCommand(): Command {
  const command = new Command('revoke')
    .summary('the emergency: stop a key, its sessions, and what came of it')
    .description(
      'Deactivates the key, denies its user everything, and cuts the sessions that began with it: at once, whatever else is refused. Then it waits until that is to be seen, proves it, looks for what the key left behind, and writes an incident file. Run it again to go on, or to look again.',
    )
    .argument('[key]', 'access key ID (AKIA..., ASIA...), or the ARN of a user or role')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'show what would be done, and change nothing')
    .option('--keep-user', 'stop the key and the sessions only: the user goes on with its other key and password')
    .option('--organization', 'also deny by a service control policy, with credentials that may make one')
    .option('--no-organization', 'no service control policy, though the key is in a member account')
    .option('--member-role <name>', 'role to assume in a member account', 'OrganizationAccountAccessRole')
    .option('--roles <which>', 'whose sessions are cut: of roles that were assumed, or all-reachable', 'assumed')
    .option('--and-what-it-made', 'also stop the keys, users and roles that it made; asks once more')
    .option('--since <when>', 'from when on CloudTrail is asked: 7d, 2026-01-31', moment)
    .option('--no-second-look', 'do not read the account for what is new in it')
    .option('--user <name>', 'whose key it is, where AWS does not tell')
    .option('--window <seconds>', 'how long a stopped key may still work here and there', seconds, 10)
    .option('--prove-with-stdin', 'call AWS with the key itself, whose secret is read from standard input; needs --yes')
    .option('--even-me', 'also when these are the credentials that this very run calls with')
    .option('--undo <incident>', 'take back what an incident changed')
    .option(
      '--measure <id>',
      'with --undo: only this; may be given several times',
      (id: string, ids: string[] = []) => [...ids, id],
    )
    .option('--json', 'print the incident as JSON')
    .addHelpText('after', EXAMPLES)
  addTrailOption(command)
  return addSessionOptions(command)
    .exitOverride()
    .action(async (key: string | undefined, flags: RevokeFlags) => {
      const { runRevoke, runUndo } = await import('../revoke.ts')
      await (flags.undo === undefined ? runRevoke(key, flags) : runUndo(flags.undo, key, flags))
    })
}

/** Checked here, and kept as it was written. */
function moment(text: string): string {
  return parseMoment(text)
}

function seconds(text: string): number {
  return Math.max(0, Math.min(600, Number.parseInt(text, 10) || 0))
}

const EXAMPLES = `
Examples:
  keyreeve revoke AKIAIOSFODNN7EXAMPLE --yes --profile security
  keyreeve revoke AKIAIOSFODNN7EXAMPLE --dry-run
  keyreeve revoke ASIAIOSFODNN7EXAMPLE --yes              the sessions of its role or user
  keyreeve revoke arn:aws:iam::123456789012:user/ana --keep-user
  keyreeve revoke AKIAIOSFODNN7EXAMPLE --yes --and-what-it-made --since 30d
  keyreeve revoke --undo 20261128T195000Z-AKIAIOSFODNN7EXAMPLE --measure deny-user:ana

Exit codes: 0 the key is dead and everything wanted was done, 3 something is left (see the incident file), 2 could not run.`
