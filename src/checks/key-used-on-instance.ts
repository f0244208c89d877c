import type { Check } from './check.ts'
import { EXAMPLE_KEY_ACCOUNT, exampleUsage } from './example-usage.ts'
import { keySubject } from './subjects.ts'

export const keyUsedOnInstance: Check = {
  id: 'key-used-on-instance',
  title: 'Access key is used on AWS, where a role would do',
  severity: 'medium',
  group: 'workloads',
  why: 'Instances, tasks and functions get credentials of a role by themselves, new ones every few hours. A key put there lies in a file or variable, and stays valid wherever it is copied to.',
  fix: 'Attach a role to the instance, task or function, remove the key from its configuration, and retire the key when it is no longer seen.',
  needs: ['accessKeys', 'usage'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2.html'],
  *run({ dossiers }) {
    for (const dossier of dossiers) {
      if (!dossier.usage || dossier.status !== 'active' || dossier.usage.fromWorkloads === 0) continue
      const { fromWorkloads, calls } = dossier.usage
      yield {
        subject: keySubject(dossier),
        because: `${fromWorkloads} of ${calls} calls came from within AWS: through a VPC endpoint, or from a program that says so`,
        evidence: [{ fact: 'calls from within AWS', value: fromWorkloads, source: 'trail' }],
      }
    }
  },
  examples: {
    flagged: [
      { name: 'a key on an instance', account: EXAMPLE_KEY_ACCOUNT, usage: exampleUsage({ fromWorkloads: 12 }) },
    ],
    clean: [{ name: 'a key used elsewhere', account: EXAMPLE_KEY_ACCOUNT, usage: exampleUsage() }],
  },
}
