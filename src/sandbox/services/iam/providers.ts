/** SAML and OIDC providers, server certificates. */
import { X509Certificate } from 'node:crypto'
import type * as iam from '@aws-sdk/client-iam'
import { AwsError } from '../../aws-error.ts'
import type { Call, Handlers } from '../../call.ts'
import {
  addOidcProvider,
  addSamlProvider,
  addServerCertificate,
  iamArn,
  nameKey,
  type OidcProvider,
  type SamlProvider,
  type ServerCertificate,
} from '../../state.ts'
import { alreadyExists, invalidInput, limitExceeded, noSuchEntity, page, underPath } from './find.ts'
import { tagCalls, tagList, tagsFrom } from './tags.ts'

const CLIENT_IDS_PER_PROVIDER = 100

export const providers: Handlers<typeof iam> = {
  // ---- SAML

  CreateSAMLProvider(call, input) {
    const name = input.Name!
    checkMetadata(input.SAMLMetadataDocument!)
    const arn = iamArn(call.account, 'saml-provider', '/', name)
    if (call.account.samlProviders.has(arn)) throw alreadyExists(`SAMLProvider ${arn} already exists.`)
    const tags = tagsFrom(input.Tags)
    const provider = addSamlProvider(call.world, call.account, name, { metadataDocument: input.SAMLMetadataDocument! })
    provider.tags = tags
    return { SAMLProviderArn: arn, ...(tags.size > 0 && { Tags: tagList(tags) }) }
  },

  GetSAMLProvider(call, input) {
    const { metadataDocument, createDate, validUntil, tags } = findSaml(call, input.SAMLProviderArn)
    return {
      SAMLMetadataDocument: metadataDocument,
      CreateDate: createDate,
      ValidUntil: validUntil,
      Tags: tagList(tags),
    }
  },

  ListSAMLProviders: ({ account }) => ({
    SAMLProviderList: [...account.samlProviders.values()].map(({ arn, validUntil, createDate }) => ({
      Arn: arn,
      ValidUntil: validUntil,
      CreateDate: createDate,
    })),
  }),

  UpdateSAMLProvider(call, input) {
    const provider = findSaml(call, input.SAMLProviderArn)
    if (input.SAMLMetadataDocument !== undefined) {
      checkMetadata(input.SAMLMetadataDocument)
      provider.metadataDocument = input.SAMLMetadataDocument
    }
    return { SAMLProviderArn: provider.arn }
  },

  DeleteSAMLProvider(call, input) {
    call.account.samlProviders.delete(findSaml(call, input.SAMLProviderArn).arn)
  },

  ...tagCalls('SAMLProvider', 'SAMLProviderArn', findSaml),

  // ---- OpenID Connect

  CreateOpenIDConnectProvider(call, input) {
    const url = input.Url!
    if (!/^https:\/\/[^\s?#]+$/.test(url)) throw invalidInput('Invalid Open ID Connect Provider URL')
    const arn = iamArn(call.account, 'oidc-provider', '/', url.slice('https://'.length))
    if (call.account.oidcProviders.has(arn)) throw alreadyExists(`Provider with url ${url} already exists.`)
    const tags = tagsFrom(input.Tags)
    const provider = addOidcProvider(call.world, call.account, url, {
      clientIds: input.ClientIDList ?? [],
      ...(input.ThumbprintList && { thumbprints: input.ThumbprintList }),
    })
    provider.tags = tags
    return { OpenIDConnectProviderArn: arn, ...(tags.size > 0 && { Tags: tagList(tags) }) }
  },

  GetOpenIDConnectProvider(call, input) {
    const { url, clientIds, thumbprints, createDate, tags } = findOidc(call, input.OpenIDConnectProviderArn)
    return {
      Url: url,
      ClientIDList: clientIds,
      ThumbprintList: thumbprints,
      CreateDate: createDate,
      Tags: tagList(tags),
    }
  },

  ListOpenIDConnectProviders: ({ account }) => ({
    OpenIDConnectProviderList: [...account.oidcProviders.keys()].map((Arn) => ({ Arn })),
  }),

  AddClientIDToOpenIDConnectProvider(call, input) {
    const provider = findOidc(call, input.OpenIDConnectProviderArn)
    if (provider.clientIds.includes(input.ClientID!)) return
    if (provider.clientIds.length >= CLIENT_IDS_PER_PROVIDER)
      throw limitExceeded(`Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${CLIENT_IDS_PER_PROVIDER}`)
    provider.clientIds.push(input.ClientID!)
  },

  RemoveClientIDFromOpenIDConnectProvider(call, input) {
    const provider = findOidc(call, input.OpenIDConnectProviderArn)
    provider.clientIds = provider.clientIds.filter((id) => id !== input.ClientID)
  },

  UpdateOpenIDConnectProviderThumbprint(call, input) {
    findOidc(call, input.OpenIDConnectProviderArn).thumbprints = input.ThumbprintList ?? []
  },

  DeleteOpenIDConnectProvider(call, input) {
    call.account.oidcProviders.delete(findOidc(call, input.OpenIDConnectProviderArn).arn)
  },

  ...tagCalls('OpenIDConnectProvider', 'OpenIDConnectProviderArn', findOidc),

  // ---- server certificates

  UploadServerCertificate(call, input) {
    const name = input.ServerCertificateName!
    if (call.account.serverCertificates.has(nameKey(name)))
      throw alreadyExists(`The Server Certificate with name ${name} already exists.`)
    const expiration = expirationOf(input.CertificateBody!)
    const tags = tagsFrom(input.Tags)
    const certificate = addServerCertificate(call.world, call.account, name, {
      path: input.Path ?? '/',
      body: input.CertificateBody!,
      chain: input.CertificateChain ?? null,
      expiration,
    })
    certificate.tags = tags
    return { ServerCertificateMetadata: certificateShape(certificate), ...(tags.size > 0 && { Tags: tagList(tags) }) }
  },

  GetServerCertificate(call, input) {
    const certificate = findCertificate(call, input.ServerCertificateName)
    return {
      ServerCertificate: {
        ServerCertificateMetadata: certificateShape(certificate),
        CertificateBody: certificate.body,
        ...(certificate.chain !== null && { CertificateChain: certificate.chain }),
        Tags: tagList(certificate.tags),
      },
    }
  },

  ListServerCertificates(call, input) {
    const [found, more] = page(call, call.account.serverCertificates, input, underPath(input.PathPrefix))
    return { ServerCertificateMetadataList: found.map(certificateShape), ...more }
  },

  UpdateServerCertificate(call, input) {
    const certificate = findCertificate(call, input.ServerCertificateName)
    const name = input.NewServerCertificateName ?? certificate.serverCertificateName
    const other = call.account.serverCertificates.get(nameKey(name))
    if (other && other !== certificate) throw alreadyExists(`The Server Certificate with name ${name} already exists.`)
    call.account.serverCertificates.delete(nameKey(certificate.serverCertificateName))
    certificate.serverCertificateName = name
    certificate.path = input.NewPath ?? certificate.path
    certificate.arn = iamArn(call.account, 'server-certificate', certificate.path, name)
    call.account.serverCertificates.set(nameKey(name), certificate)
  },

  DeleteServerCertificate(call, input) {
    const { serverCertificateName } = findCertificate(call, input.ServerCertificateName)
    call.account.serverCertificates.delete(nameKey(serverCertificateName))
  },

  ...tagCalls('ServerCertificate', 'ServerCertificateName', findCertificate),
}

function checkMetadata(document: string): void {
  if (document.length < 1000 || !/<(\w+:)?EntityDescriptor[\s>]/.test(document))
    throw invalidInput('Could not parse metadata')
}

function findSaml({ account }: Call, arn: string | undefined): SamlProvider {
  const provider = account.samlProviders.get(arn ?? '')
  if (!provider) throw noSuchEntity(`Manifest not found for arn ${arn}`)
  return provider
}

function findOidc({ account }: Call, arn: string | undefined): OidcProvider {
  const provider = account.oidcProviders.get(arn ?? '')
  if (!provider) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`)
  return provider
}

function findCertificate({ account }: Call, name: string | undefined): ServerCertificate {
  const certificate = account.serverCertificates.get(nameKey(name ?? ''))
  if (!certificate) throw noSuchEntity(`The Server Certificate with name ${name} cannot be found.`)
  return certificate
}

function certificateShape(certificate: ServerCertificate) {
  return {
    Path: certificate.path,
    ServerCertificateName: certificate.serverCertificateName,
    ServerCertificateId: certificate.serverCertificateId,
    Arn: certificate.arn,
    UploadDate: certificate.uploadDate,
    Expiration: certificate.expiration,
  }
}

function expirationOf(body: string): Date {
  try {
    return new Date(new X509Certificate(body).validTo)
  } catch {
    throw new AwsError('MalformedCertificate', 'Unable to parse certificate.')
  }
}
