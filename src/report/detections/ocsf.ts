/**
 * Detections as OCSF 1.5.0 Detection Findings (class 2004) with the cloud profile, one a line. What is not known is left
 * out, as OCSF has no null. https://schema.ocsf.io/1.5.0/classes/detection_finding
 */
import type { Detected, DetectionSummary } from '../../model/detection.ts'
import { inChunks } from '../format.ts'
import { OCSF_VERSION, SEVERITY } from '../ocsf.ts'
import type { DetectionRun } from './detection-run.ts'

const CLASS = 2004
const CREATE = 1
/** The version of MITRE ATT&CK whose technique IDs are named. */
const ATTACK_VERSION = '16.1'

export function detectionsOcsf(run: DetectionRun): Iterable<string> {
  return inChunks(lines(run))
}

function* lines({ tool, rules, detections }: DetectionRun): Iterable<string> {
  const about = new Map(rules.map((rule) => [rule.code, rule]))
  const metadata = {
    version: OCSF_VERSION,
    profiles: ['cloud'],
    product: { name: tool.name, vendor_name: tool.name, version: tool.version },
  }
  for (const detected of detections) yield `${JSON.stringify(eventOf(detected, about.get(detected.code), metadata))}\n`
}

function eventOf(detected: Detected, rule: DetectionSummary | undefined, metadata: object): object {
  const { code, title, because, allowed, accountId, principal, accessKeyId, sourceIp, userAgent, region } = detected
  const [severityId, severity] = SEVERITY[detected.severity]
  const [firstSeen, lastSeen] = [Date.parse(detected.time), Date.parse(detected.lastTime)]
  return {
    activity_id: CREATE,
    activity_name: 'Create',
    category_uid: 2,
    category_name: 'Findings',
    class_uid: CLASS,
    class_name: 'Detection Finding',
    type_uid: CLASS * 100 + CREATE,
    type_name: 'Detection Finding: Create',
    time: firstSeen,
    start_time: firstSeen,
    end_time: lastSeen,
    metadata,
    cloud: {
      provider: 'AWS',
      account: accountId === null ? undefined : { uid: accountId, type_id: 10, type: 'AWS Account' },
      region: region ?? undefined,
    },
    message: `${title}: ${because}`,
    severity_id: severityId,
    severity,
    status_id: allowed ? 3 : 1,
    status: allowed ? 'Suppressed' : 'New',
    status_detail: allowed ? `allowed: ${allowed.reason}` : undefined,
    is_alert: !allowed,
    count: detected.count,
    finding_info: {
      uid: detected.fingerprint,
      title,
      desc: because,
      types: [detected.id],
      analytic: { type_id: 1, type: 'Rule', uid: code, name: detected.id, desc: rule?.why },
      attacks: detected.attack.map(attackOf),
      data_sources: ['AWS CloudTrail'],
      first_seen_time: firstSeen,
      last_seen_time: lastSeen,
      related_events_count: detected.count,
      related_events: detected.events.map((uid) => ({ uid, type: 'AWS CloudTrail event' })),
    },
    evidences: [
      {
        actor: {
          user: {
            uid: principal ?? undefined,
            credential_uid: accessKeyId ?? undefined,
            account: accountId === null ? undefined : { uid: accountId, type_id: 10, type: 'AWS Account' },
          },
          session: detected.sessionName === null ? undefined : { uid: detected.sessionName },
        },
        // addresses only: AWS services stand here by their name
        src_endpoint:
          sourceIp !== null && /^[\d.]+$|:/.test(sourceIp) ? { ip: sourceIp } : { svc_name: sourceIp ?? undefined },
        data: userAgent === null ? undefined : { user_agent: userAgent },
      },
    ],
    remediation: rule ? { desc: rule.fix, references: rule.references } : undefined,
    resources: [
      { uid: accessKeyId ?? principal ?? accountId ?? undefined, type: accessKeyId ? 'access-key' : 'principal' },
    ],
  }
}

function attackOf(technique: string): object {
  const [parent = technique, part] = technique.split('.')
  const address = (uid: string) => `https://attack.mitre.org/techniques/${uid.replace('.', '/')}/`
  return {
    version: ATTACK_VERSION,
    technique: { uid: parent, src_url: address(parent) },
    sub_technique: part === undefined ? undefined : { uid: technique, src_url: address(technique) },
  }
}
