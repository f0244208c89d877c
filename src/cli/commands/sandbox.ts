import { Command, InvalidArgumentError } from 'commander'
import { KeyreeveError } from '../../model/errors.ts'
import { isoDate } from '../account-data.ts'
import type { ServeOptions } from '../sandbox.ts'

export function sandboxCommand(): Command {
  return new Command('sandbox')
    .summary('a local AWS account to try everything on')
    .description(
      'Serves a made-up AWS organization on this machine, over the real wire protocols: keyreeve, the AWS SDKs, the AWS CLI and boto3 talk to it as to AWS. Ends with Ctrl-C; nothing is kept.',
    )
    .option('--port <number>', 'port; 0 takes any free one', port, 4599)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--allow-remote', 'allow an address other than loopback (anyone who reaches it can use it)')
    .option('--users <number>', 'one generated account of this size instead of the example organization', wholeNumber)
    .option('--empty', 'one account with nothing but an administrator')
    .option('--seed <number>', 'another random account', wholeNumber)
    .option('--now <date>', 'the date that the made-up history leads up to (default: now)', isoDate)
    .option('--fault <rule...>', 'inject faults, e.g. deny:iam:ListAccessKeys or throttle:iam:*:times=3')
    .option('--consistency-delay <seconds>', 'how long a change takes until it is seen; default 0', seconds)
    .option('--no-report-cache', 'make a new credential report whenever asked; AWS keeps one for 4 hours')
    .option('--json', 'print one line of JSON when ready: endpoint, accountId, region, accessKeyId, secretAccessKey')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: ServeOptions) => {
      if (flags.users !== undefined && flags.empty)
        throw new KeyreeveError('usage', '`--users` and `--empty` are two different accounts')
      const { serveSandbox } = await import('../sandbox.ts')
      await serveSandbox(flags)
    })
}

function port(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new InvalidArgumentError('\nGive a port from 0 to 65535.')
  return number
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 1_000_000)
    throw new InvalidArgumentError('\nGive a whole number from 1 to 1000000.')
  return number
}

function seconds(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !(number >= 0 && number <= 3600))
    throw new InvalidArgumentError('\nGive seconds from 0 to 3600.')
  return number
}

const EXAMPLES = `
Examples:
  keyreeve sandbox
  keyreeve sandbox --port 0 --json
  keyreeve sandbox --users 10000
  keyreeve sandbox --fault deny:iam:ListAccessKeys throttle:ec2:*:times=5`
