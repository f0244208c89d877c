import { Ajv } from 'ajv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { madeUpAudit, NASTY, withStrings } from '../../test/made-up-audit.ts'
import type { Audit } from '../model/audit.ts'
import { ocsfReport } from './ocsf.ts'

const text = { type: 'string' }
const texts = { type: 'array', items: text }

/** Closed objects: OCSF has a fixed set of attributes, and none of them may be null. */
function object(required: string[], properties: Record<string, object>): object {
  return { type: 'object', additionalProperties: false, required, properties }
}

const account = object(['uid', 'type_id'], { uid: text, name: text, type: text, type_id: { const: 10 } })

/** What OCSF 1.5.0 says of the attributes that we use: which are required, their types, and their enumerations. */
const isComplianceFinding = new Ajv({ allErrors: true }).compile(
  object(
    [
      ...['activity_id', 'category_uid', 'class_uid', 'type_uid', 'time', 'metadata', 'severity_id'],
      ...['finding_info', 'compliance', 'cloud'],
    ],
    {
      activity_id: { const: 1 },
      activity_name: { const: 'Create' },
      category_uid: { const: 2 },
      category_name: text,
      class_uid: { const: 2003 },
      class_name: text,
      type_uid: { const: 200301 },
      type_name: text,
      time: { type: 'integer', minimum: 0 },
      message: text,
      severity_id: { enum: [1, 2, 3, 4, 5] },
      severity: { enum: ['Informational', 'Low', 'Medium', 'High', 'Critical'] },
      status_id: { enum: [1, 3] },
      status: { enum: ['New', 'Suppressed'] },
      status_detail: text,
      metadata: object(['product', 'version'], {
        version: { const: '1.5.0' },
        profiles: texts,
        product: object(['name'], { name: text, vendor_name: text, version: text }),
      }),
      cloud: object(['provider'], { provider: text, region: text, account }),
      finding_info: object(['uid'], {
        uid: text,
        title: text,
        desc: text,
        types: texts,
        data_sources: texts,
        analytic: object(['type_id'], { type_id: { const: 1 }, type: text, uid: text, name: text }),
      }),
      compliance: object([], {
        control: text,
        desc: text,
        standards: texts,
        requirements: texts,
        status_id: { enum: [2, 3] },
        status: { enum: ['Warning', 'Fail'] },
        status_details: texts,
      }),
      resources: {
        type: 'array',
        minItems: 1,
        items: object(['uid'], {
          uid: text,
          name: text,
          type: text,
          region: text,
          cloud_partition: text,
          owner: object(['account'], { account }),
        }),
      },
      remediation: object(['desc'], { desc: text, references: texts }),
      evidences: { type: 'array', items: object(['name', 'data'], { name: text, data: { type: 'object' } }) },
    },
  ),
)

function events(report: Audit) {
  return [...ocsfReport(report)]
    .join('')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

describe('OCSF', () => {
  const audit = madeUpAudit({ accounts: 2 })
  const all = events(audit)

  it('is one valid Compliance Finding per line', () => {
    expect(all).toHaveLength(audit.findings.length + audit.notEvaluated.length)
    for (const event of all)
      expect(isComplianceFinding(event), JSON.stringify(isComplianceFinding.errors?.[0])).toBe(true)
  })

  it('holds no null', () => {
    expect(JSON.stringify(all)).not.toContain(':null')
  })

  it('says fail for findings, suppressed for accepted ones, and warning for what was not evaluated', () => {
    expect(all[0]).toMatchObject({
      severity_id: 5,
      status_id: 1,
      compliance: { control: 'key-quarantined', status_id: 3 },
    })
    expect(all.filter(({ status_id }) => status_id === 3).map(({ resources }) => resources[0].name)).toEqual(['kiosk'])
    expect(all.filter(({ compliance }) => compliance.status_id === 2)).toHaveLength(audit.notEvaluated.length)
  })

  it('names the access key as the resource, and the time of its account in milliseconds', () => {
    expect(all[0].resources[0]).toMatchObject({ uid: 'AKIAEXAMPLE000000002', name: 'deploy', type: 'access-key' })
    expect(all[0].time).toBe(Date.parse('2026-11-01T12:00:00Z'))
  })

  it('stays valid whatever the names are', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...NASTY)), (text) => {
        for (const event of events(withStrings(madeUpAudit(), () => text)))
          expect(isComplianceFinding(event), JSON.stringify(isComplianceFinding.errors?.[0])).toBe(true)
      }),
      { numRuns: 40 },
    )
  })
})
