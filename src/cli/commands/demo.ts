import { Command } from 'commander'

export function demoCommand(): Command {
  return new Command('demo')
    .summary('the whole flow on a made-up organization; needs no AWS account')
    .description(
      'Starts a local AWS account with an example organization, collects it over HTTP, reads its CloudTrail, audits it, prints the report and the keys table, and writes the HTML report.',
    )
    .option('-o, --output <file>', 'where to write the HTML report', '.keyreeve/demo/audit.html')
    .addHelpText('after', '\nExamples:\n  keyreeve demo\n  keyreeve demo --output /tmp/audit.html')
    .action(async ({ output }: { output: string }) => {
      const { runDemo } = await import('../demo.ts')
      await runDemo(output)
    })
}
