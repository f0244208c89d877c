/**
 * A SecureString of Systems Manager's Parameter Store, with the key as JSON. Each value that is put is a version; the
 * one before is how it is put back. What is put without the parameter's own KMS key is encrypted with the account's, so
 * that who reads it from another account could not, and others could.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html
 */
import { type AwsAccess, ask, becomesSo } from './aws-call.ts'
import { DeliveryError, type Destination, isSame } from './destination.ts'
import { keyIn, withKey, withKeyOf } from './key-document.ts'

/** A page may be empty, and another come after it. */
const MOST_PAGES = 100

interface Value {
  version: number
  text: string
}

export function parameterStore(
  uri: string,
  { parameter, region }: { parameter: string; region: string | undefined },
  aws: AwsAccess,
): Destination {
  const name = `the parameter ${parameter}`
  const call = (operation: string, input: object) => ask(aws, name, ['ssm', operation, { ...input }, region])
  const read = async (selector = ''): Promise<Value> => {
    const answer = await call('GetParameter', { Name: `${parameter}${selector}`, WithDecryption: true })
    const { Type, Value, Version } = answer.Parameter as { Type?: string; Value?: string; Version?: number }
    if (Type !== 'SecureString')
      throw new DeliveryError(`${name} is a ${Type}, which anybody with ssm:GetParameter reads in clear`, {
        isUnchanged: true,
        hint: 'make it a SecureString',
      })
    return { version: Number(Version), text: Value ?? '' }
  }
  /** Which KMS key it is encrypted with; and an advanced one does not become a standard one. */
  const asItIs = async (): Promise<{ KeyId: string; Tier?: 'Advanced' }> => {
    const filter = { Key: 'Name', Option: 'Equals', Values: [parameter] }
    let token: unknown
    for (let page = 0; page < MOST_PAGES; page++) {
      const more = token === undefined ? {} : { NextToken: token }
      const { Parameters, NextToken } = await call('DescribeParameters', { ParameterFilters: [filter], ...more })
      const [found] = (Parameters ?? []) as { KeyId?: string; Tier?: string }[]
      if (found?.KeyId) return { KeyId: found.KeyId, ...(found.Tier === 'Advanced' && { Tier: found.Tier }) }
      if (found || typeof NextToken !== 'string') break
      token = NextToken
    }
    throw new DeliveryError(`${name}: which KMS key it is encrypted with is not known`, { isUnchanged: true })
  }
  const put = async (text: string) =>
    call('PutParameter', { Name: parameter, Value: text, Overwrite: true, ...(await asItIs()) })
  return {
    uri,
    name,
    isReadable: true,
    async look() {
      const value = await read()
      if (withKey(value.text, { accessKeyId: '', secretAccessKey: '' }) === null)
        throw new DeliveryError(`${name} holds something else than JSON with members`, {
          isUnchanged: true,
          hint: 'give the key a parameter of its own',
        })
      await asItIs()
      return { pair: keyIn(value.text), before: value }
    },
    async deliver({ key }, held, note) {
      const before = held.before as Value
      if ((await read()).version !== before.version)
        throw new DeliveryError(`${name} was changed by somebody else meanwhile`, { isUnchanged: true })
      note(String(before.version))
      await put(withKey(before.text, key)!)
      if (!(await becomesSo(aws, async () => isSame(keyIn((await read()).text), key))))
        throw new DeliveryError(`${name} does not hold what was put there`)
      return 'read-back'
    },
    async putBack(held, undo) {
      // what a later run looked at may be what an earlier one put
      const before = undo === null ? (held?.before as Value | undefined) : await read(`:${undo}`)
      if (!before) throw new DeliveryError(`${name}: its earlier version is not known`)
      const { text } = await read()
      const key = keyIn(text)
      // what somebody has changed beside the key since is theirs
      const isTheirs = key !== null && withKey(before.text, key) !== text
      if (text !== before.text) await put(isTheirs ? withKeyOf(before.text, text) : before.text)
    },
  }
}
