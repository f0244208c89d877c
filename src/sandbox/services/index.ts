/** The services that the sandbox has; one line each. */
import type { Service } from '../call.ts'
import { accessAnalyzer } from './access-analyzer.ts'
import { account } from './account.ts'
import { cloudtrail } from './cloudtrail.ts'
import { ec2 } from './ec2.ts'
import { iam } from './iam.ts'
import { organizations } from './organizations.ts'
import { sts } from './sts.ts'

export const SERVICES: readonly Service[] = [iam, sts, organizations, account, ec2, cloudtrail, accessAnalyzer]
