import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../model/errors.ts'
import { looksLikeCredentialReport, parseCredentialReport } from './credential-report.ts'

const HEADER =
  'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,' +
  'access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,' +
  'access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,' +
  'cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated'
const NO_KEY = 'false,N/A,N/A,N/A,N/A'
const NO_CERTIFICATES = 'false,N/A,false,N/A'
const KEY = 'true,2026-01-01T10:00:00+00:00,2026-10-01T00:00:00+00:00,eu-west-1,s3'
const ROOT = `<root_account>,arn:aws:iam::111122223333:root,2019-01-01T00:00:00+00:00,not_supported,2026-09-22T00:00:00+00:00,not_supported,not_supported,true,${KEY},${NO_KEY},${NO_CERTIFICATES}`
const row = (name: string, keys = `${KEY},${NO_KEY}`, rest = NO_CERTIFICATES) =>
  `${name},arn:aws:iam::111122223333:user/${name},2020-02-02T00:00:00+00:00,true,no_information,2026-01-01T00:00:00+00:00,N/A,false,${keys},${rest}`
const report = (...rows: string[]) => [HEADER, ...rows].join('\n')
const parse = (csv: string) => parseCredentialReport(csv, '`r.csv`')
const messageOf = (csv: string) => {
  try {
    parse(csv)
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as Error).message
  }
  throw new Error('no error')
}

describe('a credential report', () => {
  it('tells users, keys by slot, and root apart', () => {
    const { rows, root, accountId, partition } = parse(report(ROOT, row('ana')))
    expect({ accountId, partition }).toEqual({ accountId: '111122223333', partition: 'aws' })
    expect(root).toMatchObject({ passwordEnabled: null, mfaActive: true, passwordLastUsed: '2026-09-22T00:00:00Z' })
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      userName: 'ana',
      passwordEnabled: true,
      passwordLastUsed: null,
      passwordNextRotation: null,
      accessKeys: [
        {
          slot: 1,
          active: true,
          lastRotated: '2026-01-01T10:00:00Z',
          lastUsed: { date: '2026-10-01T00:00:00Z', region: 'eu-west-1', serviceName: 's3' },
        },
      ],
    })
  })

  it('keeps an inactive key, and leaves out one that does not exist', () => {
    const inactive = 'false,2025-01-01T00:00:00+00:00,N/A,N/A,N/A'
    const { rows } = parse(report(row('ana', `${NO_KEY},${inactive}`)))
    expect(rows[0]!.accessKeys).toEqual([
      {
        slot: 2,
        active: false,
        lastRotated: '2025-01-01T00:00:00Z',
        lastUsed: { date: null, region: null, serviceName: null },
      },
    ])
  })

  it('is read in any order of columns, with more of them, with CRLF, a byte order mark and TRUE', () => {
    const columns = HEADER.split(',')
    const fields = row('ana').replace(',true,', ',TRUE,').split(',')
    const turned = [
      [...columns, 'additional_credentials_info'],
      [...fields, 'N/A'],
    ].map((line) => line.toReversed().join(','))
    const { rows } = parse(`\uFEFF${turned.join('\r\n')}\r\n`)
    expect(rows[0]).toMatchObject({ userName: 'ana', passwordEnabled: true, mfaActive: false })
    expect(rows[0]!.accessKeys).toHaveLength(1)
  })

  it('puts a user name with commas together again, quoted or not', () => {
    expect(parse(report(row('a,b'), row('c'))).rows.map(({ userName, arn }) => [userName, arn])).toEqual([
      ['a,b', 'arn:aws:iam::111122223333:user/a,b'],
      ['c', 'arn:aws:iam::111122223333:user/c'],
    ])
    const quoted = row('x').replace('x,arn:aws:iam::111122223333:user/x', '"a,""b",arn:aws:iam::111122223333:user/ab')
    expect(parse(report(quoted)).rows[0]!.userName).toBe('a,"b')
  })

  it('notes a value that AWS does not write, and does not guess', () => {
    const { rows, odd } = parse(report(row('ana').replace(',false,true,', ',maybe,true,'), row('ben')))
    expect(rows[0]!.mfaActive).toBeNull()
    expect(odd.sentence()).toBe('1 value is not as documented: line[2].mfa_active')
  })

  it('that is cut off is refused, wherever the cut is', () => {
    const whole = report(ROOT, row('ana'))
    for (let end = HEADER.length + ROOT.length + 3; end < whole.length; end++) {
      expect(messageOf(whole.slice(0, end)), `cut at ${end}`).toMatch(/line 3 (is cut off|has no ARN of)/)
    }
  })

  it('says in one line, without its content, what is wrong', () => {
    expect(messageOf('user,arn,user_creation_time,x\n')).toBe(
      '`r.csv` is no credential report: its first line has no column `password_enabled`',
    )
    expect(messageOf(HEADER)).toBe('`r.csv` is a credential report without a single row')
    expect(messageOf(report(row('ana'), row('ben').replace('111122223333', '444455556666')))).toBe(
      '`r.csv` mixes accounts 111122223333 and 444455556666',
    )
    expect(messageOf(report(row('ana').replace('arn:', 'nra:')))).toBe('`r.csv` line 2 has no ARN of a user')
    expect(messageOf(report(`"ana${row('b')}`))).toMatch(/ends inside quotes/)
  })

  it('never fails but with an InputError, whatever the text', () => {
    const piece = fc.constantFrom(HEADER, ROOT, row('ana'), '"', ',', '\n', '\r\n', 'N/A', '\u0000', '<root_account>')
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        try {
          parse(HEADER + pieces.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(InputError)
        }
      }),
    )
  })

  it('gives back what was written, quotes, commas and line breaks in names included', () => {
    const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !text.includes('arn:'))
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
        const rows = names.map((text, i) => row(`u${i}`).replace(`u${i},`, () => `"${text.replaceAll('"', '""')}",`))
        expect(parse(report(...rows)).rows.map(({ userName }) => userName)).toEqual(names)
      }),
    )
  })
})

it('recognises a credential report by its beginning', () => {
  expect(looksLikeCredentialReport(HEADER)).toBe(true)
  expect(looksLikeCredentialReport(`\uFEFF"user","arn","user_creation_time",`)).toBe(true)
  expect(looksLikeCredentialReport('user,email')).toBe(false)
})
