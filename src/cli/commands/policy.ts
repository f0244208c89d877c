import { Command, InvalidArgumentError } from 'commander'
import { InputError, KeyreeveError } from '../../model/errors.ts'
import type { Expected, PolicyCase } from '../../policy/case.ts'
import type { ContextValue, PolicyInput, PolicyLevel } from '../../policy/request.ts'
import { EXIT } from '../errors.ts'
import { addOutputOptions } from '../output-options.ts'
import { writeOutput } from '../outputs.ts'
import { terminalFor } from '../terminal.ts'

export function policyCommand(): Command {
  return new Command('policy')
    .summary('decide a request, test and lint policies: for people who write them')
    .description('Decides requests as AWS would, runs files of expected decisions, and finds mistakes in policies.')
    .addCommand(decideCommand().exitOverride())
    .addCommand(testCommand().exitOverride())
    .addCommand(lintCommand().exitOverride())
}

interface DecideFlags {
  principal?: string
  action?: string
  resource: string
  resourceAccount?: string
  context?: Record<string, ContextValue>
  strict?: true
  identity?: string[]
  boundary?: string[]
  session?: string[]
  scp?: string[]
  rcp?: string[]
  resourcePolicy?: string
  endpointPolicy?: string
  managementAccount?: string
}

function decideCommand(): Command {
  const command = new Command('decide')
    .summary('is this request allowed, and why')
    .description(
      'Decides one request from the policies given, and says which statements decided. Condition keys that are not ' +
        'given are not known, and an answer that hangs on them is conditional.',
    )
    .argument('[case]', 'a JSON file with request and policies, in place of the flags; - is standard input')
    .option('--principal <arn>', 'who asks: ARN of a user, role, session or root; a service; * for nobody signed in')
    .option('--action <name>', 's3:GetObject')
    .option('--resource <arn>', 'on what', '*')
    .option('--resource-account <id>', "who owns it, where the ARN does not say (default: the principal's account)")
    .option(
      '--context <key=value...>',
      'condition keys; again for more values; `key` alone: known to be absent',
      addKey,
    )
    .option('--strict', 'condition keys that are not given are absent')
    .option('--identity <file...>', 'policies of the user with its groups, or of the role')
    .option('--boundary <file...>', 'permissions boundary')
    .option('--session <file...>', 'session policies')
    .option('--scp <file,file>', 'SCPs of one level, from the root down; again for the next level', addLevel)
    .option('--rcp <file,file>', 'RCPs, likewise', addLevel)
    .option('--resource-policy <file>', 'policy of the resource; for sts:AssumeRole the trust policy')
    .option('--endpoint-policy <file>', 'policy of the VPC endpoint')
    .option('--management-account <id>', 'SCPs and RCPs do not restrict this account')
    .addHelpText('after', DECIDE_EXAMPLES)
  const outputs = addOutputOptions(command, ['terminal', 'json'], 'terminal')
  return command.action(async (file: string | undefined, flags: DecideFlags) => {
    const wanted = outputs()
    const [{ PolicyFiles, readTextFile }, { evaluate }, report] = await Promise.all([
      import('../policy-files.ts'),
      import('../../policy/evaluate.ts'),
      import('../policy-report.ts'),
    ])
    const files = new PolicyFiles()
    const question =
      file === undefined
        ? await questionFromFlags(flags, (path) => files.read(path))
        : await questionFromFile(file, await readTextFile(file))
    const decision = evaluate(question.request, question.policies)
    for (const { format, file: target } of wanted)
      await writeOutput(target, [
        format === 'json'
          ? report.decisionJson(question.request, decision, files)
          : report.decisionText(question.request, decision, files, terminalFor(target)),
      ])
    process.exitCode = { allowed: EXIT.ok, denied: EXIT.found, conditional: EXIT.incomplete }[decision.decision]
  })
}

function addKey(text: string, given: Record<string, ContextValue> = {}): Record<string, ContextValue> {
  const equals = text.indexOf('=')
  const key = equals === -1 ? text : text.slice(0, equals)
  if (!/^[^\s:]+:.+$/.test(key)) throw new InvalidArgumentError(`\n\`${key}\` is no condition key like aws:SourceIp.`)
  const before = Object.hasOwn(given, key) ? given[key] : undefined
  const value = equals === -1 ? null : text.slice(equals + 1)
  const values = before === undefined || before === null || value === null ? value : [before].flat().concat(value)
  return { ...given, [key]: values }
}

function addLevel(text: string, levels: string[] = []): string[] {
  return [...levels, text]
}

async function questionFromFile(file: string, text: string): Promise<PolicyCase> {
  const { readCaseText } = await import('../../policy/case-text.ts')
  const cases = readCaseText(text, file)
  if (cases.length !== 1)
    throw new InputError(`\`${file}\` has ${cases.length} cases`, { hint: '`keyreeve policy test` runs many' })
  return cases[0]!
}

/** Puts the flags together as a case, so that both are read by the same rules. */
async function questionFromFlags(
  flags: DecideFlags,
  read: (path: string) => Promise<PolicyInput>,
): Promise<PolicyCase> {
  const { principal, action, resource, resourceAccount, context = {}, strict, managementAccount } = flags
  if (principal === undefined || action === undefined)
    throw new KeyreeveError('usage', 'who asks for what?', {
      hint: 'give --principal and --action, or a file with a case; keyreeve policy decide --help has examples',
    })
  const { readCase } = await import('../../policy/case.ts')
  const question = readCase({
    mode: strict ? 'strict' : 'open',
    request: { principal, action, resource, context, ...(resourceAccount !== undefined && { resourceAccount }) },
    policies: { ...(managementAccount !== undefined && { managementAccount }) },
  })
  const all = (paths: readonly string[] = []) => Promise.all(paths.map(read))
  const levels = (groups: readonly string[] = []): Promise<PolicyLevel[]> =>
    Promise.all(
      groups.map(async (group, index) => ({ level: String(index + 1), policies: await all(group.split(',')) })),
    )
  return {
    ...question,
    policies: {
      ...question.policies,
      identity: await all(flags.identity),
      boundary: flags.boundary ? await all(flags.boundary) : null,
      session: flags.session ? await all(flags.session) : null,
      scps: await levels(flags.scp),
      rcps: await levels(flags.rcp),
      resource: flags.resourcePolicy === undefined ? null : await read(flags.resourcePolicy),
      endpoint: flags.endpointPolicy === undefined ? null : await read(flags.endpointPolicy),
    },
  }
}

function testCommand(): Command {
  const command = new Command('test')
    .summary('run files of requests with the decisions that are expected')
    .description('Runs cases: requests, the policies around them, and the decision that is expected of each.')
    .argument('<cases...>', 'JSON files with cases; - is standard input')
    .addHelpText('after', TEST_EXAMPLES)
  const outputs = addOutputOptions(command, ['terminal', 'json'], 'terminal')
  return command.action(async (paths: string[]) => {
    const wanted = outputs()
    const [{ readTextFile }, { readCaseText }, { runCase }, report] = await Promise.all([
      import('../policy-files.ts'),
      import('../../policy/case-text.ts'),
      import('../../policy/case.ts'),
      import('../policy-report.ts'),
    ])
    const results = []
    for (const path of paths) {
      const cases = readCaseText(await readTextFile(path), path)
      // a file that lost its cases would pass for ever
      if (cases.length === 0) throw new InputError(`\`${path}\` has no cases`)
      for (const item of cases) results.push(runCase(withExpectation(item, path)))
    }
    for (const { format, file } of wanted)
      await writeOutput(file, [
        format === 'json' ? report.testJson(results) : report.testText(results, terminalFor(file)),
      ])
    process.exitCode = results.every(({ passed }) => passed) ? EXIT.ok : EXIT.found
  })
}

function withExpectation(item: PolicyCase, path: string): PolicyCase & { expected: Expected } {
  if (item.expected) return { ...item, expected: item.expected }
  throw new InputError(`\`${path}\`: case ${item.id} expects nothing`, {
    hint: 'add "expected": {"decision": "Allowed"}; `keyreeve policy decide` answers one without',
  })
}

const LINT_KINDS = ['identity', 'resource', 'trust', 'scp', 'rcp'] as const

function lintCommand(): Command {
  const command = new Command('lint')
    .summary('find mistakes in policy documents')
    .description('Finds what AWS would refuse, what does nothing, and what does not do what it seems to.')
    .argument('<files...>', 'policy documents; - is standard input')
    .option('--kind <kind>', `${LINT_KINDS.join(', ')} (default: by what the document has)`, kindOf)
    .addHelpText('after', LINT_EXAMPLES)
  const outputs = addOutputOptions(command, ['terminal', 'json', 'sarif'], 'terminal')
  return command.action(async (paths: string[], { kind }: { kind?: (typeof LINT_KINDS)[number] }) => {
    const wanted = outputs()
    const [{ readTextFile }, { lintPolicy }, report] = await Promise.all([
      import('../policy-files.ts'),
      import('../../policy/lint.ts'),
      import('../policy-report.ts'),
    ])
    const files = []
    for (const path of paths) files.push({ path, mistakes: lintPolicy(await readTextFile(path), kind ?? null) })
    for (const { format, file } of wanted) {
      const write = { json: report.lintJson, sarif: report.lintSarif, terminal: report.lintText }[format]
      await writeOutput(file, [write(files, terminalFor(file))])
    }
    const hasErrors = files.some(({ mistakes }) => mistakes.some(({ level }) => level === 'error'))
    process.exitCode = hasErrors ? EXIT.found : EXIT.ok
  })
}

function kindOf(text: string): (typeof LINT_KINDS)[number] {
  const kind = LINT_KINDS.find((name) => name === text)
  if (!kind) throw new InvalidArgumentError(`\nKinds are ${LINT_KINDS.join(', ')}.`)
  return kind
}

const DECIDE_EXAMPLES = `
Examples:
  keyreeve policy decide --principal arn:aws:iam::111122223333:user/ana --action s3:GetObject \\
    --resource arn:aws:s3:::reports/may.csv --identity ana.json --scp full.json,guard.json
  keyreeve policy decide question.json --json

Exit codes: 0 allowed, 1 denied, 3 conditional, 2 could not run.`

const TEST_EXAMPLES = `
Examples:
  keyreeve policy test policies/*.cases.json
  keyreeve policy test cases.json --json

Exit codes: 0 all as expected, 1 some are not, 2 could not run.`

const LINT_EXAMPLES = `
Examples:
  keyreeve policy lint policies/*.json
  keyreeve policy lint trust.json --kind trust --format sarif --output lint.sarif

Exit codes: 0 no errors (warnings do not count), 1 errors, 2 could not run.`
