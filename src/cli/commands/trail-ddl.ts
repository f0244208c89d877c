import { Command, Option } from 'commander'
import { parseMoment } from '../since.ts'

interface DdlFlags {
  database: string
  table?: string
  location: string
  raw?: true
  accounts?: string[]
  regions?: string[]
  from: string
}

export function trailDdlCommand(): Command {
  const list = (text: string) => text.split(',').map((item) => item.trim())
  return new Command('ddl')
    .summary('the table for Amazon Athena')
    .description(
      'Prints the statements that describe the store, copied to S3, to Amazon Athena; or with --raw the log files of a trail. Athena takes one statement at a time.',
    )
    .addOption(
      new Option(
        '--location <s3-url>',
        'the events folder of the store in S3; with --raw the folder with the account IDs',
      ).makeOptionMandatory(),
    )
    .option('--database <name>', 'database', 'keyreeve')
    .option('--table <name>', 'table (default: events; with --raw: cloudtrail_logs)')
    .option('--raw', 'for the raw log files of a trail')
    .option('--accounts <list>', 'with --raw: account IDs, with commas between', list)
    .option('--regions <list>', 'with --raw: regions, with commas between', list)
    .option(
      '--from <day>',
      'the first day there may be events of',
      (text: string) => parseMoment(text).slice(0, 10),
      '2020-01-01',
    )
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .action(async ({ database, table, location, raw, accounts = [], regions = [], from }: DdlFlags) => {
      const { parquetTableDdl, rawTableDdl } = await import('../../trail/engines/athena-ddl.ts')
      const common = { database, location, fromDay: from }
      const statements = raw
        ? rawTableDdl({ ...common, table: table ?? 'cloudtrail_logs', accounts, regions })
        : parquetTableDdl({ ...common, table: table ?? 'events' })
      process.stdout.write(`${statements.join(';\n\n')};\n`)
    })
}

const EXAMPLES = `
Examples:
  aws s3 sync .keyreeve/trail/events s3://acme-security/keyreeve/events
  keyreeve trail ddl --location s3://acme-security/keyreeve/events
  keyreeve trail ddl --raw --location s3://acme-trail/AWSLogs --accounts 111122223333 --regions us-east-1,eu-west-1`
