/** `account:GetAlternateContact`: whether AWS knows whom to tell about a leaked key. The contact itself is not kept. */
import { isAnswer } from './answer.ts'
import type { Told } from './assemble.ts'
import { type Call, declare, type Run } from './run.ts'

const contact = declare('account', 'GetAlternateContact')

export const ACCOUNT_CALLS: readonly Call[] = [contact]

export async function collectSecurityContact(run: Run, told: Told): Promise<void> {
  told.securityContact = await run.single(contact, ({ AlternateContact }) => isAnswer(AlternateContact), {
    input: { AlternateContactType: 'SECURITY' },
    missing: false,
  })
}
