import type { Check } from './check.ts'
import { instanceSubject, isGone } from './instances.ts'

export const instanceWithoutRole: Check = {
  id: 'instance-without-role',
  title: 'An EC2 instance has no role',
  severity: 'medium',
  group: 'workloads',
  why: 'Software on an instance without a role can call AWS only with an access key that somebody put there: in a file, an environment variable or user data, where it is hard to rotate and easy to find. With a role, AWS hands out short-term credentials by itself.',
  fix: 'Make a role with what the instance needs and attach its instance profile (no restart is needed), then look for keys on the instance and retire them. If it never calls AWS, accept the finding.',
  needs: ['instances'],
  references: ['https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html'],
  *run({ snapshot }) {
    for (const instance of snapshot.instances) {
      if (isGone(instance) || instance.instanceProfileArn !== null) continue
      yield {
        subject: instanceSubject(instance),
        region: instance.region,
        because: `${instance.state}, without an instance profile`,
        evidence: [
          { fact: 'instance profile', value: null, source: 'ec2:DescribeInstances' },
          { fact: 'state', value: instance.state, source: 'ec2:DescribeInstances' },
        ],
      }
    }
  },
  examples: {
    flagged: [
      {
        name: 'a running and a stopped instance without a profile',
        account: {
          instances: [
            { instanceId: 'i-0000000000000000a', instanceProfileArn: null },
            { instanceId: 'i-0000000000000000b', instanceProfileArn: null, state: 'stopped' },
          ],
        },
        flags: ['i-0000000000000000a', 'i-0000000000000000b'],
      },
    ],
    clean: [
      { name: 'an instance with a profile', account: { instances: [{ instanceId: 'i-0000000000000000a' }] } },
      {
        name: 'an instance that is gone',
        account: {
          instances: [
            { instanceId: 'i-0000000000000000a', instanceProfileArn: null, state: 'terminated' },
            { instanceId: 'i-0000000000000000b', instanceProfileArn: null, state: 'shutting-down' },
          ],
        },
      },
    ],
  },
}
