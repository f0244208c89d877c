/**
 * Whether this is an EC2 instance that has a role: then programs on it need no access key. Only the role's name is
 * asked for, never its credentials (docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html).
 */
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'

/** `none`: an instance without a role. `null`: no EC2 instance. */
export type InstanceRole = { status: 'role'; name: string } | { status: 'none' } | { status: 'no-answer' } | null

export interface InstanceRoleOptions {
  /** In place of the link-local address; it is then asked on any machine. */
  endpoint?: string
  /** Milliseconds for each of the two questions. */
  timeout?: number
  /** The folder that stands for `/`. */
  root?: string
}

const LINK_LOCAL = 'http://169.254.169.254'
const ROLES = '/latest/meta-data/iam/security-credentials/'

/** Asks the instance metadata service, version 2. Where AWS_EC2_METADATA_DISABLED is set, nothing is asked. */
export async function instanceRole(options: InstanceRoleOptions = {}): Promise<InstanceRole> {
  const { endpoint, timeout = 500, root = '/' } = options
  if (endpoint === undefined && (isDisabled() || !isInstance(root))) return null
  const base = endpoint ?? LINK_LOCAL
  const token = await ask(`${base}/latest/api/token`, 'PUT', { 'x-aws-ec2-metadata-token-ttl-seconds': '60' }, timeout)
  if (token?.status !== 200) return { status: 'no-answer' }
  const roles = await ask(`${base}${ROLES}`, 'GET', { 'x-aws-ec2-metadata-token': token.body }, timeout)
  if (roles?.status === 404) return { status: 'none' }
  const name = roles?.status === 200 ? roles.body.split('\n', 1)[0]!.trim() : ''
  // docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html: what a role's name is made of
  return /^[\w+=,.@-]{1,128}$/.test(name) ? { status: 'role', name } : { status: 'no-answer' }
}

const isDisabled = () => process.env.AWS_EC2_METADATA_DISABLED?.toLowerCase() === 'true'

/** docs.aws.amazon.com/AWSEC2/latest/UserGuide/identify_ec2_instances.html; elsewhere nobody is asked. */
function isInstance(root: string): boolean {
  const text = (path: string) => {
    try {
      return readFileSync(join(root, path), 'utf8').trim()
    } catch {
      return ''
    }
  }
  return (
    text('sys/class/dmi/id/sys_vendor') === 'Amazon EC2' ||
    text('sys/class/dmi/id/bios_version').includes('amazon') ||
    text('sys/hypervisor/uuid').startsWith('ec2')
  )
}

/** null: no answer in time. */
function ask(
  url: string,
  method: string,
  headers: Record<string, string>,
  timeout: number,
): Promise<{ status: number; body: string } | null> {
  return new Promise((resolve) => {
    const give = (answer: { status: number; body: string } | null) => {
      clearTimeout(timer)
      asked.destroy()
      resolve(answer)
    }
    const asked = request(url, { method, headers, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        body += part
        if (body.length > 65_536) give(null)
      })
      response.on('end', () => give({ status: response.statusCode ?? 0, body }))
      response.on('error', () => give(null))
    })
    const timer = setTimeout(() => give(null), timeout)
    asked.on('error', () => give(null))
    asked.end()
  })
}
