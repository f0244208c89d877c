/** Allowances: what the configuration says is our own doing. An allowed detection is shown as allowed, never dropped. */
import { BlockList, isIP } from 'node:net'
import type { Allowance } from '../../model/config.ts'
import { KeyreeveError } from '../../model/errors.ts'
import type { Detection, Hit } from './detection.ts'

/**
 * @param now ISO time: an allowance ends with the day in `expires`
 * @returns the first allowance that covers all events of the hit
 */
export function allowanceFor(
  { id, code }: Detection,
  hit: Hit,
  allowances: readonly Allowance[],
  now: string,
): Allowance | null {
  const covers = (allowance: Allowance) =>
    (allowance.detection === '*' || allowance.detection === id || allowance.detection === code) &&
    (allowance.expires === undefined || now.slice(0, 10) <= allowance.expires) &&
    (allowance.account === undefined || allowance.account === hit.accountId) &&
    (allowance.accessKey === undefined || allowance.accessKey === hit.accessKeyId) &&
    (allowance.principal === undefined || isPrincipal(allowance.principal, hit.principal)) &&
    (allowance.session === undefined || (hit.sessions === 1 && isLike(allowance.session, hit.sessionName))) &&
    (allowance.userAgent === undefined || (hit.agents === 1 && isLike(allowance.userAgent, hit.userAgent))) &&
    (allowance.network === undefined || isWithin(allowance.network, hit))
  return allowances.find(covers) ?? null
}

/** By ARN, or by the name after the last slash. */
function isPrincipal(pattern: string, arn: string | null): boolean {
  return isLike(pattern, arn) || (arn !== null && isLike(pattern, arn.slice(arn.lastIndexOf('/') + 1)))
}

/** `*` stands for any run of characters. */
function isLike(pattern: string, text: string | null): boolean {
  if (text === null) return false
  const parts = pattern.split('*')
  if (parts.length === 1) return pattern === text
  if (!text.startsWith(parts[0]!) || text.length < pattern.length - parts.length + 1) return false
  let at = parts[0]!.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  const last = parts.at(-1)!
  return text.length - last.length >= at && text.endsWith(last)
}

/** Whether every event came from the network. Of several addresses only one is known, and that they share a /24. */
function isWithin(network: string, { sourceIp, addresses, networks }: Hit): boolean {
  const [base = '', bits] = network.split('/')
  const family = isIP(sourceIp ?? '')
  if (family === 0 || family !== isIP(base)) return false
  const width = family === 4 ? 32 : 128
  const prefix = bits === undefined ? width : Number(bits)
  if (addresses > 1 && (networks > 1 || prefix > (family === 4 ? 24 : 48))) return false
  const list = new BlockList()
  list.addSubnet(base, prefix, family === 4 ? 'ipv4' : 'ipv6')
  return list.check(sourceIp!, family === 4 ? 'ipv4' : 'ipv6')
}

/** Refuses allowances for detections that do not exist: they would be silent about a typing error. */
export function checkAllowances(
  allowances: readonly Allowance[],
  detections: readonly Detection[],
  nearest: (name: string, names: readonly string[]) => string | undefined,
): void {
  const names = detections.flatMap(({ id, code }) => [id, code])
  for (const { detection } of allowances) {
    if (detection === '*' || names.includes(detection)) continue
    const close = nearest(detection, names)
    throw new KeyreeveError('config', `an allowance names the detection \`${detection}\`, which does not exist`, {
      hint: close ? `did you mean \`${close}\`?` : 'docs/detections.md lists them',
    })
  }
}
