import { Command } from 'commander'
import { addOutputOptions } from '../output-options.ts'
import { writeOutput } from '../outputs.ts'
import { addScanAccountOptions, scanPolicyText } from '../scan-account.ts'
import { SCAN_FORMATS, type ScanFlags } from '../scan-options.ts'
import { installHookCommand } from './scan-install-hook.ts'

export function scanCommand(): Command {
  const command = new Command('scan')
    .summary('leaked AWS credentials in files and folders, and what to do about them')
    .description(
      'Finds AWS access keys, their secrets, temporary credentials and Bedrock API keys, however they are written.\n' +
        'No secret is shown or stored. No key is used without --verify, and nothing leaves this machine without that or --account.',
    )
    .argument('[paths...]', 'files and folders (default: this folder); - is standard input')
    .option('--staged', 'only the files that the next commit changes, whole: for a hook')
    .option('--since <revision>', 'only what the commits after it bring, or those of a range A..B')
    .option('--pushed <remote>', 'only what a push sends, as git tells a pre-push hook on standard input')
    .option('--no-history', 'of a git repository, only the files that lie there')
    .option('--no-gitignore', 'look also at what .gitignore leaves out')
    .option('--host', 'this machine: files of AWS tools, environments of processes (all users when root)')
    .option('--no-archives', 'do not open archives, images, packages and databases')
    .option('--max-depth <n>', 'how deep to open archives in archives (default: 5)')
    .option(
      '--snapshot <file...>',
      'say what these accounts know of each key (default: the newest of .keyreeve/snapshots)',
    )
    .option('--no-snapshot', 'compare with no account')
    .option('--baseline <file>', 'leave out what was accepted before')
    .option('--write-baseline <file>', 'accept what is found now, and stop')
    .option('--canary-account <id...>', 'account IDs of canary services, besides the known ones')
    .option('--no-encodings', 'only what stands there plainly: quicker, and finds less')
    .option(
      '--save',
      'keep what was found in .keyreeve/leaks/, for audit and keys (default: where snapshots or scans are kept)',
    )
    .option('--no-save', 'keep nothing')
    .option(
      '--verify',
      'try each key that was found with its secret: calls sts:GetCallerIdentity with it, which its owner can see in CloudTrail; never keys of canary accounts or examples',
    )
    .option('-v, --verbose', 'every place, and all that is suppressed or was skipped')
    .addHelpText('after', EXAMPLES)
    .addCommand(installHookCommand())
  addScanAccountOptions(command)
  const outputs = addOutputOptions(command, SCAN_FORMATS, 'terminal')
  return command.action(async (paths: string[], flags: ScanFlags) => {
    const wanted = outputs()
    if (flags.printPolicy) return writeOutput(null, [await scanPolicyText()])
    const { runScan } = await import('../run-scan.ts')
    await runScan(paths.length > 0 || flags.host || flags.account ? paths : ['.'], flags, wanted)
  })
}

const EXAMPLES = `
Examples:
  keyreeve scan                                       this folder
  keyreeve scan src .env                              a folder and a file
  keyreeve scan ~/src/shop                            a repository: its files and all of its history
  keyreeve scan ~/src                                 a folder, and the history of every repository in it
  keyreeve scan --since origin/main                   what your branch adds
  keyreeve scan app.apk image.tar backups/            what is in archives, layer by layer
  sudo keyreeve scan --host                           what lies on this machine, of all users
  cat dump.sql | keyreeve scan -                      standard input
  keyreeve scan --snapshot prod.json                  whose keys they are, and whether they are active
  keyreeve scan --write-baseline .keyreeve-baseline   accept what is there; from then on only what is new counts:
  keyreeve scan --baseline .keyreeve-baseline
  keyreeve scan --account --profile prod               the account's own configuration
  keyreeve scan --account --print-policy              what that must be allowed
  keyreeve scan -f sarif -o scan.sarif --json         two reports in one run

A line with the comment "keyreeve:allow REASON" is suppressed; without a reason it is not.

Exit codes: 0 nothing open, 1 leaked credentials found, 2 could not run, 3 something could not be read.`
