import type { ServiceSpecificCredential } from '../model/snapshot.ts'
import type { Check } from './check.ts'
import { daysAgo } from './example.ts'
import { shell } from './shell.ts'
import { credentialSubject } from './subjects.ts'
import { ago, day, daysSince } from './time.ts'

const SOURCE = 'iam:ListServiceSpecificCredentials'

export const serviceCredentialOld: Check = {
  id: 'service-credential-old',
  title: 'API key or service password is old, or never expires',
  severity: 'medium',
  group: 'keys',
  why: 'API keys of Bedrock, CloudWatch Logs and other services, and passwords of CodeCommit and Keyspaces, are long-term secrets like access keys. They are in no credential report, so they are forgotten more easily, and a leaked model key is money at once.',
  fix: 'Use temporary credentials or short-term API keys instead. Where that cannot be, make a new one with an expiry date, move its consumers to it, deactivate the old one and delete it.',
  needs: ['serviceSpecificCredentials'],
  references: [
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_api_keys_for_aws_services.html',
    'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_service-specific-creds.html',
    'https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html',
  ],
  *run({ snapshot, thresholds, now }) {
    for (const credential of snapshot.serviceSpecificCredentials) {
      const { createDate, expirationDate, userName, serviceSpecificCredentialId: id, serviceName } = credential
      if (!isUsable(credential, now)) continue
      const endless = expirationDate === null && canExpire(serviceName)
      if (createDate === null && !endless) {
        yield { unknown: `the age of credential ${id} is not known` }
        continue
      }
      const age = createDate === null ? null : daysSince(createDate, now)
      const old = age !== null && age > thresholds.serviceCredentialMaxAgeDays
      if (!old && !endless) continue
      yield {
        subject: credentialSubject(id, userName),
        because: [
          `${serviceOf(serviceName)} of ${userName}`,
          ...(createDate === null
            ? []
            : [
                `created ${day(createDate)}, ${ago(age!)}${old ? ` (limit ${thresholds.serviceCredentialMaxAgeDays})` : ''}`,
              ]),
          ...(endless ? ['never expires'] : expirationDate === null ? [] : [`expires ${day(expirationDate)}`]),
        ].join(', '),
        evidence: [
          { fact: 'created', value: createDate, source: SOURCE },
          { fact: 'expires', value: expirationDate, source: SOURCE },
        ],
        commands: [
          shell`aws iam update-service-specific-credential --user-name ${userName} --service-specific-credential-id ${id} --status Inactive`,
        ],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'a young Bedrock API key without expiry',
        account: { serviceSpecificCredentials: [{ userName: 'ana', serviceName: 'bedrock.amazonaws.com' }] },
      },
      {
        name: 'a CloudWatch Logs API key without expiry, of unknown age',
        account: {
          serviceSpecificCredentials: [{ userName: 'ana', serviceName: 'logs.amazonaws.com', createDate: null }],
        },
      },
      {
        name: 'an old Bedrock API key that will expire some day',
        account: {
          serviceSpecificCredentials: [
            {
              userName: 'ana',
              serviceName: 'bedrock.amazonaws.com',
              createDate: daysAgo(91),
              expirationDate: daysAgo(-200),
            },
          ],
        },
      },
      {
        name: 'an old CodeCommit password',
        account: {
          serviceSpecificCredentials: [
            {
              userName: 'ana',
              serviceName: 'codecommit.amazonaws.com',
              serviceSpecificCredentialId: 'ACCAEXAMPLEOLD',
              createDate: daysAgo(91),
            },
            { userName: 'ben', serviceName: 'codecommit.amazonaws.com' },
          ],
        },
        flags: ['ACCAEXAMPLEOLD'],
      },
    ],
    clean: [
      {
        name: 'a young Bedrock API key with an expiry date',
        account: {
          serviceSpecificCredentials: [
            {
              userName: 'ana',
              serviceName: 'bedrock.amazonaws.com',
              createDate: daysAgo(90),
              expirationDate: daysAgo(-1),
            },
          ],
        },
      },
      {
        name: 'a CodeCommit password of 90 days, which cannot expire',
        account: {
          serviceSpecificCredentials: [
            { userName: 'ana', serviceName: 'codecommit.amazonaws.com', createDate: daysAgo(90) },
          ],
        },
      },
      {
        name: 'old ones that are inactive or expired',
        account: {
          serviceSpecificCredentials: [
            { userName: 'ana', serviceName: 'codecommit.amazonaws.com', createDate: daysAgo(900), status: 'Inactive' },
            { userName: 'ana', serviceName: 'bedrock.amazonaws.com', createDate: daysAgo(900), status: 'Expired' },
            {
              userName: 'ben',
              serviceName: 'bedrock.amazonaws.com',
              createDate: daysAgo(900),
              expirationDate: daysAgo(1),
              status: 'Active',
            },
          ],
        },
      },
    ],
  },
}

function isUsable({ status, expirationDate }: ServiceSpecificCredential, now: number): boolean {
  // a date that cannot be read has not passed
  return status === 'Active' && (expirationDate === null || !(Date.parse(expirationDate) <= now))
}

/** All services but the two oldest give out API keys, which can have an expiry date. */
function canExpire(serviceName: string): boolean {
  return !serviceName.startsWith('codecommit.') && !serviceName.startsWith('cassandra.')
}

const SERVICES: Record<string, string> = {
  bedrock: 'Bedrock API key',
  logs: 'CloudWatch Logs API key',
  codecommit: 'CodeCommit password',
  cassandra: 'Keyspaces password',
}

function serviceOf(serviceName: string): string {
  const name = serviceName.split('.', 1)[0]!
  return Object.hasOwn(SERVICES, name) ? SERVICES[name]! : `credential for ${serviceName}`
}
