/** Destinations as people write them: `secretsmanager:prod/s3`, `profile:ci@/etc/ci/credentials`. */
import { KeyreeveError } from '../../model/errors.ts'
import type { AwsAccess } from './aws-call.ts'
import { commandDestination } from './command.ts'
import type { Destination } from './destination.ts'
import { githubDestination } from './github.ts'
import { kubernetesDestination } from './kubernetes.ts'
import { parameterStore } from './parameter-store.ts'
import { credentialsFile, profileDestination } from './profile.ts'
import { secretsManager } from './secrets-manager.ts'

export interface DeliveryAccess {
  aws: AwsAccess
  env: Readonly<Record<string, string | undefined>>
  /** What a command printed, without the secret. */
  onOutput?: ((text: string) => void) | undefined
}

type Make = (uri: string, access: DeliveryAccess) => Destination

interface Kind {
  form: string
  /** What is behind the colon; null: it is not that. */
  parse(rest: string): Make | null
}

const NAME = '[A-Za-z0-9][A-Za-z0-9._-]*'

const KINDS: Record<string, Kind> = {
  secretsmanager: {
    form: 'secretsmanager:NAME[@REGION]',
    parse(rest) {
      const [, secretId, region] = /^(arn:[\w:/+=.@!-]+|[\w/+=.!-]+)(?:@([a-z]{2}[a-z0-9-]+-\d))?$/.exec(rest) ?? []
      if (!secretId) return null
      const inArn = /^arn:[\w-]+:secretsmanager:([a-z0-9-]+):/.exec(secretId)?.[1]
      return (uri, { aws }) => secretsManager(uri, { secretId, region: region ?? inArn }, aws)
    },
  },
  ssm: {
    form: 'ssm:/PATH[@REGION]',
    parse(rest) {
      const [, parameter, region] = /^(\/?[\w.-]+(?:\/[\w.-]+)*)(?:@([a-z]{2}[a-z0-9-]+-\d))?$/.exec(rest) ?? []
      return parameter ? (uri, { aws }) => parameterStore(uri, { parameter, region }, aws) : null
    },
  },
  profile: {
    form: 'profile:NAME[@FILE]',
    parse(rest) {
      const [, profile, file] = /^([^@[\]\r\n]+)(?:@([^\r\n]+))?$/.exec(rest) ?? []
      return profile ? (uri, { env }) => profileDestination(uri, { profile, file: credentialsFile(file, env) }) : null
    },
  },
  github: {
    form: 'github:OWNER/REPO[:ENVIRONMENT]:PREFIX',
    parse(rest) {
      const pattern = new RegExp(`^(${NAME})/(${NAME})(?::([^:]+))?:([A-Za-z_][A-Za-z0-9_]*)$`)
      const [, owner, repo, environment, prefix] = pattern.exec(rest) ?? []
      if (!owner || !repo || !prefix) return null
      return (uri, { env }) =>
        githubDestination(
          uri,
          { owner, repo, environment: environment ?? null, prefix },
          { token: env.GITHUB_TOKEN, apiUrl: env.GITHUB_API_URL || undefined, env },
        )
    },
  },
  k8s: {
    form: 'k8s:NAMESPACE/SECRET[:ID_KEY,SECRET_KEY]',
    parse(rest) {
      const key = '[-._A-Za-z0-9]+'
      const pattern = new RegExp(`^([a-z0-9][a-z0-9-]*)/([a-z0-9][a-z0-9.-]*)(?::(${key}),(${key}))?$`)
      const [, namespace, secret, idKey = 'AWS_ACCESS_KEY_ID', secretKey = 'AWS_SECRET_ACCESS_KEY'] =
        pattern.exec(rest) ?? []
      if (!namespace || !secret || idKey === secretKey) return null
      return (uri, { env }) =>
        kubernetesDestination(uri, { namespace, secret, idKey, secretKey }, { kubectl: env.KUBECTL || undefined })
    },
  },
  command: {
    form: 'command:PROGRAM [ARGUMENT...]',
    parse(rest) {
      const words = rest.trim().split(/\s+/)
      return words[0] ? (uri, { onOutput }) => commandDestination(uri, { words }, { onOutput }) : null
    },
  },
}

export const DESTINATION_FORMS: readonly string[] = Object.values(KINDS).map(({ form }) => form)

/** @throws {KeyreeveError} (`usage`) for what is no destination */
export function parseDestination(uri: string): (access: DeliveryAccess) => Destination {
  const colon = uri.indexOf(':')
  const name = uri.slice(0, Math.max(0, colon))
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined
  const make = kind?.parse(uri.slice(colon + 1))
  if (!make)
    throw new KeyreeveError('usage', `\`${uri}\` is no destination`, {
      hint: kind ? `write it as ${kind.form}` : `known: ${DESTINATION_FORMS.join(', ')}`,
    })
  return (access) => make(uri, access)
}
