import type { Handler, Service } from '../call.ts'
import { account } from './iam/account.ts'
import { authorizationDetails } from './iam/authorization-details.ts'
import { credentialReport } from './iam/credential-report.ts'
import { credentials } from './iam/credentials.ts'
import { groups } from './iam/groups.ts'
import { lastAccessed } from './iam/last-accessed.ts'
import { mfa } from './iam/mfa.ts'
import { policies } from './iam/policies.ts'
import { providers } from './iam/providers.ts'
import { roles } from './iam/roles.ts'
import { simulate } from './iam/simulate.ts'
import { users } from './iam/users.ts'
import { validateIam } from './iam/validate.ts'

export const iam: Service = {
  name: 'iam',
  actionPrefix: 'iam',
  model: { protocol: 'awsQuery', version: '2010-05-08', xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/' },
  targetPrefixes: [],
  global: true,
  validate: validateIam,
  load: async () => ({
    client: await import('@aws-sdk/client-iam'),
    handlers: {
      ...account,
      ...authorizationDetails,
      ...credentialReport,
      ...credentials,
      ...groups,
      ...lastAccessed,
      ...mfa,
      ...policies,
      ...providers,
      ...roles,
      ...simulate,
      ...users,
    } as Record<string, Handler>,
  }),
}
