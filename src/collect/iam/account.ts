/** What IAM says of the account as a whole: summary, aliases, password policy, identity providers. */
import type { OidcProvider, PasswordPolicy, SamlProvider } from '../../model/snapshot.ts'
import { type Answer, answer, flag, isAnswer, isoDate, number, type Oddities, text } from '../answer.ts'
import { entries } from './credentials.ts'

/** `SummaryMap` of `iam:GetAccountSummary`. */
export function accountSummary(page: Answer, odd: Oddities): Record<string, number> | null {
  if (!isAnswer(page.SummaryMap)) {
    odd.note('SummaryMap')
    return null
  }
  const summary: Record<string, number> = {}
  for (const [key, value] of Object.entries(page.SummaryMap)) {
    const count = number(value)
    if (count === null) odd.note('SummaryMap')
    else if (key !== '__proto__') summary[key] = count
  }
  return summary
}

/** `AccountAliases` of `iam:ListAccountAliases`: an account has one at most. */
export function accountAlias(page: Answer, odd: Oddities): string | null {
  return text(odd.list(page.AccountAliases, 'AccountAliases')[0])
}

/** `PasswordPolicy` of `iam:GetAccountPasswordPolicy`. */
export function passwordPolicy(page: Answer, odd: Oddities): PasswordPolicy | null {
  if (!isAnswer(page.PasswordPolicy)) {
    odd.note('PasswordPolicy')
    return null
  }
  const policy = page.PasswordPolicy
  const minimumPasswordLength = number(policy.MinimumPasswordLength)
  if (minimumPasswordLength === null) odd.note('PasswordPolicy.MinimumPasswordLength')
  return {
    // AWS's own minimum.
    minimumPasswordLength: minimumPasswordLength ?? 6,
    requireSymbols: flag(policy.RequireSymbols) ?? false,
    requireNumbers: flag(policy.RequireNumbers) ?? false,
    requireUppercaseCharacters: flag(policy.RequireUppercaseCharacters) ?? false,
    requireLowercaseCharacters: flag(policy.RequireLowercaseCharacters) ?? false,
    allowUsersToChangePassword: flag(policy.AllowUsersToChangePassword) ?? false,
    // AWS answers 0, or nothing, where passwords do not expire.
    maxPasswordAge: number(policy.MaxPasswordAge) || null,
    passwordReusePrevention: number(policy.PasswordReusePrevention) || null,
    hardExpiry: flag(policy.HardExpiry),
  }
}

/** `SAMLProviderList` of `iam:ListSAMLProviders`. */
export function samlProviders(page: Answer, odd: Oddities): SamlProvider[] {
  return entries(page.SAMLProviderList, 'SAMLProviderList', odd, (provider) => {
    const arn = text(provider.Arn)
    if (!arn) return null
    return { arn, createDate: isoDate(provider.CreateDate), validUntil: isoDate(provider.ValidUntil) }
  })
}

/** `OpenIDConnectProviderList` of `iam:ListOpenIDConnectProviders`: ARNs only, which hold the URL. */
export function oidcProviders(page: Answer, odd: Oddities): OidcProvider[] {
  return entries(page.OpenIDConnectProviderList, 'OpenIDConnectProviderList', odd, (provider) => {
    const arn = text(provider.Arn)
    if (!arn) return null
    return { arn, url: arn.slice(arn.indexOf('/') + 1), clientIds: null, createDate: null }
  })
}

/** The provider with what `iam:GetOpenIDConnectProvider` says of it. */
export function withOidcDetails(provider: OidcProvider, details: Answer, odd: Oddities): OidcProvider {
  const { Url, ClientIDList, CreateDate } = answer(details)
  return {
    arn: provider.arn,
    url: text(Url)?.replace(/^https:\/\//, '') ?? provider.url,
    clientIds: odd.list(ClientIDList, 'ClientIDList').filter((id) => typeof id === 'string'),
    createDate: isoDate(CreateDate) ?? provider.createDate,
  }
}
