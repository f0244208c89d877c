import { counted } from '../../model/numbers.ts'
import type { Detection, Hit } from './detection.ts'
import { call, user } from './example.ts'
import { from, whoIs } from './words.ts'

/** As they say of themselves in the user agent. */
const TOOLS =
  'trufflehog|(^|[^a-z])pacu([^a-z]|$)|[-+ /]kali([^a-z]|$)|parrot([^a-z]|$)|pentoo|scoutsuite|scout2|cloudfox|stratus-red-team|aws_consoler|principalmapper|pmapper|cloudsploit|weirdaal|enumerate-iam|nimbostratus|leonidas|kingfisher|noseyparker|s3 ?browser'

/** The name without what the pattern needs around it. */
const nameOf = ({ subject }: Hit) => (subject ?? '').replace(/^[^a-z]+|[^a-z]+$/g, '')

export const attackTool: Detection = {
  id: 'attack-tool',
  code: 'CT31',
  title: 'Tool used that attackers use',
  severity: 'high',
  attack: ['T1087.004'],
  why: 'Some tools say who they are, and some operating systems are made for breaking in. Whoever hides better is not found by this.',
  fix: 'Ask your own security people first. If it was not they, treat the credentials as stolen.',
  falsePositives: ['your own red team', 'your own scans', 'people who like S3 Browser'],
  references: ['https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html'],
  rule: {
    form: 'event',
    where: 'user_agent IS NOT NULL',
    agent: TOOLS,
    subject: `regexp_extract(lower(user_agent), '${TOOLS}')`,
    anyCall: true,
  },
  because: (hit) =>
    `${whoIs(hit)} made ${counted(hit.count, 'call')}${from(hit)} with a tool that calls itself ${nameOf(hit)}`,
  examples: {
    flagged: [
      { name: 'TruffleHog', events: [call('sts:GetCallerIdentity', user('ci'), { agent: 'TruffleHog' })] },
      {
        name: 'Kali Linux',
        events: [call('iam:ListUsers', user('ci'), { agent: 'Boto3/1.40.4 Python/3.13.7 Linux/6.12.33+kali-amd64' })],
      },
    ],
    clean: [
      { name: 'the AWS CLI', events: [call('iam:ListUsers', user('ci'))] },
      {
        name: 'a name that only looks alike',
        events: [call('iam:ListUsers', user('ci'), { agent: 'capacupdate/1.0 alkali/2 my-kalibrator/1 parrots/3' })],
      },
    ],
  },
}
