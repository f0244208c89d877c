import { describe, expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../model/config.ts'
import { parseConfig } from './config.ts'

const parse = (value: unknown) => parseConfig(value, 'keyreeve.yaml')
const errorOf = (value: unknown) => {
  try {
    parse(value)
  } catch (error) {
    return `${(error as Error).message} / ${(error as { hint?: string }).hint ?? ''}`
  }
  return 'no error'
}

describe('keyreeve.yaml', () => {
  it('an empty file changes nothing', () => {
    expect(parse(null)).toEqual(DEFAULT_CONFIG)
    expect(parse({})).toEqual(DEFAULT_CONFIG)
  })

  it('a threshold replaces its default and leaves the others', () => {
    const { thresholds } = parse({ thresholds: { keyMaxAgeDays: 30 } })
    expect(thresholds).toEqual({ ...DEFAULT_CONFIG.thresholds, keyMaxAgeDays: 30 })
  })

  it('a check can be switched by on and off, as YAML 1.2 reads them', () => {
    expect(parse({ checks: { 'key-age': 'off', 'root-access-key': true } }).checks).toEqual({
      'key-age': false,
      'root-access-key': true,
    })
  })

  it.each([
    [{ treshholds: {} }, 'there is no setting `treshholds` / did you mean `thresholds`?'],
    [{ thresholds: { keyMaxAgeDay: 1 } }, 'there is no threshold `keyMaxAgeDay` / did you mean `keyMaxAgeDays`?'],
    [{ severities: { 'key-aeg': 'high' } }, 'there is no check `key-aeg` / did you mean `key-age`?'],
    [{ severities: { 'key-age': 'severe' } }, 'severity of `key-age` is none of'],
    [{ checks: { 'key-age': 'maybe' } }, 'check `key-age` is neither `on` nor `off`'],
    [{ thresholds: { keyMaxAgeDays: '90' } }, 'threshold `keyMaxAgeDays` is no whole number'],
    [{ thresholds: { keyMaxAgeDays: -1 } }, 'threshold `keyMaxAgeDays` is no whole number'],
    [{ thresholds: [] }, '`thresholds` is no mapping'],
    [[], '`the file` is no mapping'],
    [{ exceptions: {} }, '`exceptions` is no list'],
    [{ trustedAccounts: [12345678901] }, 'is no account ID: 12 digits in quotes'],
    [{ vendors: [{ networks: ['203.0.113.0/24'] }] }, '`vendors[0]` needs `name`'],
    [{ vendors: [{ name: 'Acme' }] }, '`vendors[0]` needs `networks`'],
    [{ vendors: [{ name: 'Acme', networks: ['203.0.113.0/99'] }] }, 'is no network such as 203.0.113.0/24'],
    [{ vendors: [{ name: 'Acme', network: '203.0.113.0/24' }] }, 'did you mean `networks`?'],
    [{ __proto__x: 1 }, 'there is no setting'],
  ])('%j is refused: %s', (value, message) => {
    expect(errorOf(value)).toContain(message)
  })

  const exception = {
    check: 'key-age',
    subject: 'AKIA*',
    reason: 'moving in June',
    owner: 'ana',
    expires: '2027-06-30',
  }

  it('an exception needs owner, reason and expiry', () => {
    expect(parse({ exceptions: [exception] }).exceptions).toEqual([exception])
    for (const field of ['owner', 'reason', 'expires', 'subject', 'check'])
      expect(errorOf({ exceptions: [{ ...exception, [field]: undefined }] })).toContain(`needs \`${field}\``)
    expect(errorOf({ exceptions: [{ ...exception, expires: 'next year' }] })).toContain('is no day')
    expect(errorOf({ exceptions: [{ ...exception, expiry: '2027-01-01' }] })).toContain('did you mean `expires`?')
  })
})
