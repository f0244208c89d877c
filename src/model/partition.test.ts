import { expect, it } from 'vitest'
import { consolePage, homeRegion } from './partition.ts'

// https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/using-govcloud-endpoints.html,
// https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-arns.html
it.each([
  ['aws', 'us-east-1', 'https://console.aws.amazon.com/support/home'],
  ['aws-us-gov', 'us-gov-west-1', 'https://console.amazonaws-us-gov.com/support/home'],
  ['aws-cn', 'cn-north-1', 'https://console.amazonaws.cn/support/home'],
])('knows where IAM records, and the console, of %s', (partition, region, page) => {
  expect([homeRegion(partition), consolePage(partition, 'support/home')]).toEqual([region, page])
})
