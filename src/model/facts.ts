/**
 * Facts: what a check can need, and which sources tell it. A fact is known when every source of one of its
 * alternatives was read; it is known in part when such a source also has gaps.
 */
import type { BrokenOff, Coverage, Snapshot } from './snapshot.ts'

/** For each fact, the alternatives; each alternative is a set of sources that together tell it. */
export const FACTS = {
  users: [['iam:GetAccountAuthorizationDetails']],
  groups: [['iam:GetAccountAuthorizationDetails']],
  roles: [['iam:GetAccountAuthorizationDetails']],
  policies: [['iam:GetAccountAuthorizationDetails']],
  /** Every key with its status and creation date; without iam:ListAccessKeys its ID is not known. */
  accessKeys: [['iam:ListAccessKeys'], ['iam:GetCredentialReport']],
  keyLastUsed: [['iam:GetCredentialReport'], ['iam:GetAccessKeyLastUsed']],
  passwords: [['iam:GetCredentialReport']],
  mfaActive: [['iam:GetCredentialReport']],
  mfaDevices: [['iam:ListVirtualMFADevices', 'iam:ListMFADevices']],
  signingCertificates: [['iam:GetCredentialReport']],
  rootKeys: [['iam:GetAccountSummary'], ['iam:GetCredentialReport']],
  rootMfa: [['iam:GetAccountSummary'], ['iam:GetCredentialReport']],
  rootMfaKind: [['iam:ListVirtualMFADevices']],
  rootUse: [['iam:GetCredentialReport']],
  rootSigningCertificates: [['iam:GetAccountSummary'], ['iam:GetCredentialReport']],
  serviceSpecificCredentials: [['iam:ListServiceSpecificCredentials']],
  sshPublicKeys: [['iam:ListSSHPublicKeys']],
  serverCertificates: [['iam:ListServerCertificates']],
  samlProviders: [['iam:ListSAMLProviders']],
  oidcProviders: [['iam:ListOpenIDConnectProviders']],
  passwordPolicy: [['iam:GetAccountPasswordPolicy']],
  organization: [['organizations:DescribeOrganization']],
  securityContact: [['account:GetAlternateContact']],
  analyzers: [['access-analyzer:ListAnalyzers']],
  trails: [['cloudtrail:DescribeTrails']],
  instances: [['ec2:DescribeInstances']],
  amplifyApps: [['amplify:ListApps']],
  appRunnerServices: [['apprunner:ListServices', 'apprunner:DescribeService']],
  batchJobDefinitions: [['batch:DescribeJobDefinitions']],
  buildProjects: [['codebuild:ListProjects', 'codebuild:BatchGetProjects']],
  containerServices: [['ecs:ListClusters', 'ecs:ListServices']],
  containerTasks: [['ecs:ListClusters', 'ecs:ListTasks', 'ecs:DescribeTasks', 'ecs:DescribeTaskDefinition']],
  functions: [['lambda:ListFunctions']],
  glueDevEndpoints: [['glue:GetDevEndpoints']],
  glueJobs: [['glue:GetJobs']],
  glueSessions: [['glue:ListSessions']],
  launchTemplates: [['ec2:DescribeLaunchTemplateVersions']],
  managedInstances: [['ssm:DescribeInstanceInformation']],
  notebookInstances: [['sagemaker:ListNotebookInstances', 'sagemaker:DescribeNotebookInstance']],
  stackSets: [['cloudformation:ListStackSets', 'cloudformation:DescribeStackSet']],
  stacks: [['cloudformation:DescribeStacks']],
  stateMachines: [['states:ListStateMachines', 'states:DescribeStateMachine']],
  studioDomains: [['sagemaker:ListDomains', 'sagemaker:DescribeDomain']],
  studioUserProfiles: [['sagemaker:ListUserProfiles', 'sagemaker:DescribeUserProfile', 'sagemaker:DescribeDomain']],
  taskDefinitions: [['ecs:ListTaskDefinitionFamilies', 'ecs:DescribeTaskDefinition']],
} as const satisfies Record<string, readonly (readonly string[])[]>

export type Fact = keyof typeof FACTS

/** Whether a fact is known: in full, with gaps (each said in a sentence), or not at all. */
export interface Knowledge {
  known: 'all' | 'part' | 'none'
  /** What is missing, one sentence each; empty when `known` is `all`. */
  gaps: string[]
  /** Whether every gap is a source that nobody asked for (`absent`). */
  notAsked: boolean
}

/** What the ledger says about a fact. */
export function knowledgeOf(fact: Fact, snapshot: Pick<Snapshot, 'coverage'>): Knowledge {
  const answers = FACTS[fact].map((sources) => knowledgeOfAll(sources, snapshot.coverage))
  return answers.find(({ known }) => known === 'all') ?? answers.find(({ known }) => known === 'part') ?? answers[0]!
}

function knowledgeOfAll(sources: readonly string[], ledger: Coverage[]): Knowledge {
  let known: Knowledge['known'] = 'all'
  let notAsked = true
  const gaps: string[] = []
  for (const source of sources) {
    const lines = ledger.filter((line) => line.source === source)
    const missing = lines.filter(({ status }) => status !== 'read')
    if (lines.length > 0 && missing.length === 0) continue
    gaps.push(...(lines.length === 0 ? [`${source} is not in the snapshot`] : missing.map(gapSentence)))
    if (missing.some(({ status }) => status !== 'absent')) notAsked = false
    const some = lines.some(({ status }) => status === 'read' || status === 'truncated')
    if (!some) known = 'none'
    else if (known === 'all') known = 'part'
  }
  return { known, gaps, notAsked: gaps.length > 0 && notAsked }
}

const GAP_WORDS = {
  denied: 'was denied',
  throttled: 'was throttled',
  unsupported: 'is not supported there',
  truncated: 'was cut off',
  absent: 'was not read',
  read: 'was read',
} as const

/** `ec2:DescribeInstances in eu-west-1 was denied (…)`. */
export function gapSentence({ source, region, status, detail }: Coverage): string {
  return `${source}${region ? ` in ${region}` : ''} ${GAP_WORDS[status]}${detail ? ` (${detail})` : ''}`
}

const BROKEN_OFF: Record<BrokenOff, string> = {
  interrupted: 'collecting was interrupted',
  'credentials-expired': 'the credentials expired while it was collected; log in again for the rest',
  throttled: 'AWS throttled IAM until it was given up; try again later, or slower with `--max-rps`',
  'connection-lost': 'the connection to IAM was lost while it was collected',
}

/** Why a snapshot holds only part of its account; null where collecting came to its end. */
export function brokenOffSentence({ accountId, brokenOff }: Snapshot): string | null {
  return brokenOff ? `account ${accountId} was read only in part: ${BROKEN_OFF[brokenOff]}` : null
}
