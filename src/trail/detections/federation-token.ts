import type { Detection } from './detection.ts'
import { at, call, user } from './example.ts'
import { from, times, whoIs } from './words.ts'

const token = (time: string, statement: object = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }) =>
  call('sts:GetFederationToken', user('broker'), {
    time,
    request: { name: 'someone', policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) },
  })

export const federationToken: Detection = {
  id: 'federation-token',
  code: 'CT25',
  title: 'Federation token made with an access key',
  severity: 'medium',
  attack: ['T1550.001'],
  why: 'A token of GetFederationToken goes on working when the key behind it is deactivated, for up to 36 hours: intruders use it to stay.',
  fix: 'Ask the owner of the key. If nobody knows, put a Deny on the user with a condition on aws:TokenIssueTime: deactivating the key does not end the token.',
  falsePositives: ['identity brokers of your own'],
  references: ['https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html'],
  rule: {
    form: 'habit',
    where: "event_name = 'GetFederationToken' AND event_source = 'sts.amazonaws.com' AND error_code IS NULL",
    who: 'principal_arn',
    what: 'event_name',
    settledDays: 7,
    // a policy within a JSON text, so its quotes are escaped
    always: `regexp_like(request_parameters, 'Action[^a-zA-Z]*"[*]')`,
  },
  because: (hit) => `${whoIs(hit)} made a federation token${times(hit)}${from(hit)}`,
  examples: {
    flagged: [
      { name: 'a first time', events: [token(at(0))] },
      {
        name: 'with every permission, whatever the habit',
        events: [token(at(0)), token(at(30), { Effect: 'Allow', Action: '*', Resource: '*' })],
      },
    ],
    clean: [
      { name: 'refused', events: [call('sts:GetFederationToken', user('broker'), { error: 'AccessDenied' })] },
      { name: 'another token', events: [call('sts:GetSessionToken', user('broker'))] },
    ],
  },
}
