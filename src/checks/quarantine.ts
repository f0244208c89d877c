/**
 * AWS attaches a policy of this kind to a user whose access key it found in public. There are several versions and new
 * ones come, so only the beginning of the name counts.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html
 */
export function isQuarantine({ policyName }: { policyName: string }): boolean {
  return policyName.startsWith('AWSCompromisedKeyQuarantine')
}
