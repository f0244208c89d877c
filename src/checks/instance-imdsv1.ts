import { counted } from '../model/numbers.ts'
import type { Check } from './check.ts'
import { instanceSubject, isGone } from './instances.ts'
import { shell } from './shell.ts'
import { listed } from './wording.ts'

export const instanceImdsv1: Check = {
  id: 'instance-imdsv1',
  title: 'An EC2 instance still answers IMDSv1',
  severity: 'high',
  group: 'workloads',
  why: 'With IMDSv1, one plain web request from the instance gets its role’s credentials: a server that can be talked into fetching a URL (SSRF) hands them to a stranger. IMDSv2 asks for a token first, which such a request cannot get.',
  fix: 'Check that the software on it uses IMDSv2 (the CloudWatch metric MetadataNoToken stays at 0), then require tokens. Change the launch template too, or the next instance is the same.',
  needs: ['instances'],
  references: [
    'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html',
    'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-transition-to-version-2.html',
  ],
  *run({ snapshot }) {
    const unknown: string[] = []
    for (const instance of snapshot.instances) {
      const { httpTokens, httpEndpoint, instanceProfileArn, instanceId, region } = instance
      if (isGone(instance) || httpEndpoint === 'disabled' || httpTokens === 'required') continue
      if (httpTokens === null) {
        unknown.push(instanceId)
        continue
      }
      yield {
        subject: instanceSubject(instance),
        region,
        because:
          instanceProfileArn === null
            ? 'tokens are optional; it has no role yet whose credentials could be taken'
            : `tokens are optional, and it has the role of ${instanceProfileArn.slice(instanceProfileArn.lastIndexOf('/') + 1)}`,
        ...(instanceProfileArn === null ? { severity: 'low' as const } : {}),
        evidence: [
          { fact: 'HttpTokens', value: httpTokens, source: 'ec2:DescribeInstances' },
          { fact: 'HttpEndpoint', value: httpEndpoint, source: 'ec2:DescribeInstances' },
          { fact: 'instance profile', value: instanceProfileArn, source: 'ec2:DescribeInstances' },
        ],
        commands: [
          shell`aws ec2 modify-instance-metadata-options --region ${region} --instance-id ${instanceId} --http-tokens required --http-endpoint enabled`,
        ],
      }
    }
    if (unknown.length > 0)
      yield {
        unknown: `the metadata options of ${counted(unknown.length, 'instance')} are not known (${listed(unknown)})`,
      }
  },
  examples: {
    flagged: [
      {
        name: 'optional tokens',
        account: { instances: [{ instanceId: 'i-0000000000000000a', httpTokens: 'optional' }] },
        flags: ['i-0000000000000000a'],
      },
      {
        name: 'optional tokens on a stopped instance without a role',
        account: {
          instances: [
            { instanceId: 'i-0000000000000000a', httpTokens: 'optional', state: 'stopped', instanceProfileArn: null },
          ],
        },
      },
    ],
    clean: [
      { name: 'required tokens', account: { instances: [{ instanceId: 'i-0000000000000000a' }] } },
      {
        name: 'no metadata service at all',
        account: {
          instances: [{ instanceId: 'i-0000000000000000a', httpTokens: 'optional', httpEndpoint: 'disabled' }],
        },
      },
      {
        name: 'an instance that is gone',
        account: { instances: [{ instanceId: 'i-0000000000000000a', httpTokens: 'optional', state: 'terminated' }] },
      },
    ],
  },
}
