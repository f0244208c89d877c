/**
 * A Secret of Kubernetes, by `kubectl`, with its own kubeconfig and sign-in. The manifest goes through standard input.
 * `kubectl replace` refuses when somebody has changed the Secret since it was read (`resourceVersion`).
 * https://kubernetes.io/docs/concepts/configuration/secret/
 */
import { runChild } from './child.ts'
import { DeliveryError, type Destination, isSame, type KeyPair } from './destination.ts'

const TIMEOUT_MS = 60_000

export interface KubernetesSecret {
  namespace: string
  secret: string
  /** Names of the data of the Secret. */
  idKey: string
  secretKey: string
}

interface Manifest {
  kind?: string
  data?: Record<string, string>
  metadata?: Record<string, unknown>
}

export function kubernetesDestination(
  uri: string,
  { namespace, secret, idKey, secretKey }: KubernetesSecret,
  { kubectl = 'kubectl' }: { kubectl?: string | undefined } = {},
): Destination {
  const name = `the Kubernetes Secret ${namespace}/${secret}`
  const run = async (args: readonly string[], input = ''): Promise<string> => {
    const { code, stdout, fault } = await runChild(kubectl, args, { input, timeoutMs: TIMEOUT_MS })
    if (fault !== null)
      throw new DeliveryError(`${name}: kubectl failed: ${fault}`, { isUnchanged: fault.includes('started') })
    // what kubectl says may quote the manifest
    if (code !== 0) throw new DeliveryError(`${name}: kubectl ${args[0]} failed with exit code ${code}`)
    return stdout
  }
  const read = async (): Promise<Manifest> => {
    const text = await run(['get', 'secret', secret, '--namespace', namespace, '--output', 'json'])
    const manifest = parsed(text)
    if (manifest?.kind !== 'Secret')
      throw new DeliveryError(`${name}: kubectl answered with something else than a Secret`)
    return manifest
  }
  const pairOf = ({ data = {} }: Manifest): KeyPair | null => {
    const [id, value] = [data[idKey], data[secretKey]]
    return id === undefined || value === undefined
      ? null
      : { accessKeyId: decoded(id), secretAccessKey: decoded(value) }
  }
  const replace = async (change: (data: Record<string, string>) => void): Promise<void> => {
    const manifest = await read()
    const data = { ...manifest.data }
    change(data)
    await run(['replace', '--namespace', namespace, '--filename', '-'], JSON.stringify({ ...manifest, data }))
  }
  return {
    uri,
    name,
    isReadable: true,
    async look() {
      const manifest = await read()
      await run(['auth', 'can-i', 'update', `secret/${secret}`, '--namespace', namespace, '--quiet']).catch((cause) => {
        throw new DeliveryError(`${name}: kubectl may not update it`, { isUnchanged: true, cause })
      })
      return { pair: pairOf(manifest), before: pairOf(manifest) }
    },
    async deliver({ key }) {
      await replace((data) => {
        data[idKey] = encoded(key.accessKeyId)
        data[secretKey] = encoded(key.secretAccessKey)
      })
      if (!isSame(pairOf(await read()), key)) throw new DeliveryError(`${name} does not hold what was put there`)
      return 'read-back'
    },
    async putBack(held) {
      const before = held?.before as KeyPair | null | undefined
      if (before === undefined) throw new DeliveryError(`${name}: the earlier key was in memory only, and is gone`)
      await replace((data) => {
        delete data[idKey]
        delete data[secretKey]
        if (before === null) return
        data[idKey] = encoded(before.accessKeyId)
        data[secretKey] = encoded(before.secretAccessKey)
      })
    },
  }
}

function parsed(text: string): Manifest | null {
  try {
    return JSON.parse(text) as Manifest
  } catch {
    return null
  }
}

const encoded = (text: string) => Buffer.from(text).toString('base64')
const decoded = (text: string) => Buffer.from(text, 'base64').toString('utf8')
