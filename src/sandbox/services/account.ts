/** Account management: regions and contacts. */
import type * as client from '@aws-sdk/client-account'
import { AwsError } from '../aws-error.ts'
import type { Call, Handler, Handlers, Service } from '../call.ts'
import type { Account, ContactType, Region } from '../state.ts'
import { tokenPage } from './tokens.ts'

const handlers: Handlers<typeof client> = {
  ListRegions(call, input) {
    const wanted = input.RegionOptStatusContains
    const regions = [...accountOf(call, input.AccountId).regions.values()].filter(
      ({ optStatus }) => !wanted?.length || wanted.includes(optStatus),
    )
    if (input.MaxResults !== undefined && (input.MaxResults < 1 || input.MaxResults > 50))
      throw invalid('MaxResults must be between 1 and 50')
    const [found, more] = tokenPage(regions, input, 50, () => invalid('Invalid NextToken'))
    return {
      Regions: found.map(({ regionName, optStatus }) => ({ RegionName: regionName, RegionOptStatus: optStatus })),
      ...more,
    }
  },

  GetRegionOptStatus(call, input) {
    const { regionName, optStatus } = regionOf(call, input.AccountId, input.RegionName)
    return { RegionName: regionName, RegionOptStatus: optStatus }
  },

  EnableRegion(call, input) {
    const region = regionOf(call, input.AccountId, input.RegionName)
    if (region.optStatus === 'DISABLED') region.optStatus = 'ENABLED'
  },

  DisableRegion(call, input) {
    const region = regionOf(call, input.AccountId, input.RegionName)
    if (region.optStatus === 'ENABLED_BY_DEFAULT') throw invalid(`Region ${region.regionName} cannot be disabled`)
    region.optStatus = 'DISABLED'
  },

  GetAlternateContact(call, input) {
    const type = contactType(input.AlternateContactType)
    const contact = accountOf(call, input.AccountId).alternateContacts[type]
    if (!contact) throw noContact()
    return {
      AlternateContact: {
        AlternateContactType: type,
        Name: contact.name,
        Title: contact.title,
        EmailAddress: contact.emailAddress,
        PhoneNumber: contact.phoneNumber,
      },
    }
  },

  PutAlternateContact(call, input) {
    accountOf(call, input.AccountId).alternateContacts[contactType(input.AlternateContactType)] = {
      name: input.Name!,
      title: input.Title!,
      emailAddress: input.EmailAddress!,
      phoneNumber: input.PhoneNumber!,
    }
  },

  DeleteAlternateContact(call, input) {
    const { alternateContacts } = accountOf(call, input.AccountId)
    const type = contactType(input.AlternateContactType)
    if (!alternateContacts[type]) throw noContact()
    delete alternateContacts[type]
  },

  GetContactInformation(call, input) {
    const contact = accountOf(call, input.AccountId).contactInformation
    return {
      ContactInformation: {
        FullName: contact.fullName,
        ...(contact.companyName !== null && { CompanyName: contact.companyName }),
        AddressLine1: contact.addressLine1,
        City: contact.city,
        PostalCode: contact.postalCode,
        CountryCode: contact.countryCode,
        PhoneNumber: contact.phoneNumber,
      },
    }
  },
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message)
}

function noContact(): AwsError {
  return new AwsError('ResourceNotFoundException', 'No contact of the inputted alternate contact type found.', 404)
}

/** The caller's account, or, for the management account, a member by its number. */
function accountOf({ world, account }: Call, accountId: string | undefined): Account {
  if (accountId === undefined) return account
  const { organization } = world
  const member = world.accounts.get(accountId)
  if (organization?.managementAccountId !== account.accountId || !organization.accounts.has(accountId) || !member)
    throw new AwsError('AccessDeniedException', 'User is not authorized to access this account', 403)
  if (member === account) throw invalid('The management account can only be managed using the standalone context')
  return member
}

function regionOf(call: Call, accountId: string | undefined, name: string | undefined): Region {
  const region = accountOf(call, accountId).regions.get(name ?? '')
  if (!region) throw invalid(`Region ${name} does not exist`)
  return region
}

function contactType(type: string | undefined): ContactType {
  if (type !== 'SECURITY' && type !== 'BILLING' && type !== 'OPERATIONS')
    throw invalid(`AlternateContactType must be one of BILLING, OPERATIONS, SECURITY`)
  return type
}

export const account: Service = {
  name: 'account',
  actionPrefix: 'account',
  model: { protocol: 'restJson1', version: '2021-02-01' },
  targetPrefixes: [],
  global: true,
  errors: { throttled: ['TooManyRequestsException', 429] },
  load: async () => ({
    client: await import('@aws-sdk/client-account'),
    handlers: handlers as Record<string, Handler>,
  }),
}
