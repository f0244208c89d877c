/**
 * Which controls of which framework each check answers. Data; checks do not know it.
 *
 * CIS AWS Foundations Benchmark: 3.0 and 4.0.1 count alike; 5.0 dropped the security questions, so that everything
 * after them moved up by one; 6.0 is 5.0 with the IAM section as section 2; 7.0 put organizations first and dropped the
 * controls on a second active key and on keys made at a user's creation.
 */
import type { Flag, FlagTrait } from './check.ts'

export const FRAMEWORK_NAMES: Readonly<Record<string, string>> = {
  'cis-aws-3.0': 'CIS AWS Foundations Benchmark 3.0.0',
  'cis-aws-4.0.1': 'CIS AWS Foundations Benchmark 4.0.1',
  'cis-aws-5.0': 'CIS AWS Foundations Benchmark 5.0.0',
  'cis-aws-6.0': 'CIS AWS Foundations Benchmark 6.0.0',
  'cis-aws-7.0': 'CIS AWS Foundations Benchmark 7.0.0',
  'aws-security-hub': 'AWS Security Hub CSPM',
  prowler: 'Prowler',
}

/** A check's controls: of CIS 3.0 and 4.0.1, 5.0, 6.0, 7.0, of Security Hub, and of Prowler; null: none. */
type Row = readonly [
  cis3: string | null,
  cis5: string | null,
  cis6: string | null,
  cis7: string | null,
  securityHub: string | null,
  prowler: string | null,
]

/** Of everything that nobody uses. */
const UNUSED = ['1.12>=45', '1.11>=45', '2.11>=45', '2.11>=45', 'IAM.8>=90 IAM.22>=45'] as const

/**
 * Several ids are separated by spaces. Some draw the line elsewhere than the check: `IAM.8>=90` is broken by a flag that
 * measures 90 or more, `IAM.7<8` by less than 8, `1.11@console` by one with that trait.
 */
const TABLE: Readonly<Record<string, Row>> = {
  'root-access-key': ['1.4', '1.3', '2.3', '2.4', 'IAM.4', 'iam_no_root_access_key'],
  'root-mfa': ['1.5', '1.4', '2.4', '2.5', 'IAM.9', 'iam_root_mfa_enabled'],
  'root-mfa-hardware': ['1.6', '1.5', '2.5', '2.6', 'IAM.6', 'iam_root_hardware_mfa_enabled'],
  'root-used': ['1.7', '1.6', '2.6', '2.7', 'IAM.20', 'iam_avoid_root_usage'],
  'user-console-mfa': ['1.10', '1.9', '2.9', '2.10', 'IAM.5 IAM.19', 'iam_user_mfa_enabled_console_access'],
  'user-mfa-phishing-resistant': [null, null, null, null, null, 'iam_user_hardware_mfa_enabled'],
  'admin-mfa': [null, null, null, null, 'IAM.19', 'iam_administrator_access_with_mfa'],
  'admin-user': [null, null, null, null, null, 'iam_user_administrator_access_policy'],
  'privilege-escalation': [
    null,
    null,
    null,
    null,
    null,
    'iam_policy_allows_privilege_escalation iam_inline_policy_allows_privilege_escalation',
  ],
  'user-policy-direct': ['1.15', '1.14', '2.14', '2.13', 'IAM.2', 'iam_policy_attached_only_to_group_or_roles'],
  'key-age': ['1.14>=91', '1.13>=91', '2.13>=91', '2.12>=91', 'IAM.3>=91', 'iam_rotate_access_key_90_days'],
  'key-unused': [...UNUSED, 'iam_user_accesskey_unused'],
  'key-never-used': [
    '1.11@console 1.12>=45',
    '1.10@console 1.11>=45',
    '2.10@console 2.11>=45',
    '2.11>=45',
    'IAM.8>=90 IAM.22>=45',
    'iam_user_no_setup_initial_access_key iam_user_accesskey_unused',
  ],
  'key-two-active': ['1.13', '1.12', '2.12', null, null, 'iam_user_two_active_access_key'],
  'service-credential-old': [null, null, null, null, null, 'bedrock_api_key_no_long_term_credentials'],
  'server-certificate-expired': ['1.19', '1.18', '2.18', '2.17', 'IAM.26', 'iam_no_expired_server_certificates_stored'],
  'password-unused': [...UNUSED, 'iam_user_console_access_unused'],
  'user-unused': [...UNUSED, 'iam_user_console_access_unused'],
  // without a policy every rule is broken, and only this check says so
  'password-policy-missing': [
    '1.8 1.9',
    '1.7 1.8',
    '2.7 2.8',
    '2.8 2.9',
    'IAM.7 IAM.10 IAM.11 IAM.12 IAM.13 IAM.14 IAM.15 IAM.16 IAM.17',
    'iam_password_policy_minimum_length_14 iam_password_policy_reuse_24 iam_password_policy_uppercase iam_password_policy_lowercase iam_password_policy_symbol iam_password_policy_number iam_password_policy_expires_passwords_within_90_days_or_less',
  ],
  'password-policy-length': [
    '1.8<14',
    '1.7<14',
    '2.7<14',
    '2.8<14',
    'IAM.7<8 IAM.10<7 IAM.15<14',
    'iam_password_policy_minimum_length_14',
  ],
  'password-policy-reuse': [
    '1.9<24',
    '1.8<24',
    '2.8<24',
    '2.9<24',
    'IAM.10<4 IAM.16<24',
    'iam_password_policy_reuse_24',
  ],
  'password-policy-uppercase': [null, null, null, null, 'IAM.7 IAM.10 IAM.11', 'iam_password_policy_uppercase'],
  'password-policy-lowercase': [null, null, null, null, 'IAM.7 IAM.10 IAM.12', 'iam_password_policy_lowercase'],
  'password-policy-symbol': [null, null, null, null, 'IAM.7 IAM.13', 'iam_password_policy_symbol'],
  'password-policy-number': [null, null, null, null, 'IAM.7 IAM.10 IAM.14', 'iam_password_policy_number'],
  'password-policy-expiry': [
    null,
    null,
    null,
    null,
    'IAM.10>=91 IAM.17>=91',
    'iam_password_policy_expires_passwords_within_90_days_or_less',
  ],
  'federation-missing': ['1.21', '1.20', '2.20', '2.19', null, 'iam_check_saml_providers_sts'],
  'instance-without-role': ['1.18', '1.17', '2.17', '2.16', null, 'ec2_instance_profile_attached'],
  // a long-term key used from AWS itself stands where a role should
  'key-used-on-instance': ['1.18', '1.17', '2.17', '2.16', null, null],
  'instance-imdsv1': ['5.6', '5.7', '6.7', '6.7', 'EC2.8', 'ec2_instance_imdsv2_enabled'],
  'instance-key-in-user-data': [
    null,
    null,
    null,
    null,
    null,
    'ec2_instance_secrets_user_data ec2_launch_template_no_secrets',
  ],
  'function-key-in-environment': [null, null, null, null, null, 'awslambda_function_no_secrets_in_variables'],
  'function-key-in-code': [null, null, null, null, null, 'awslambda_function_no_secrets_in_code'],
  'task-key-in-definition': [null, null, null, null, 'ECS.8', 'ecs_task_definitions_no_environment_secrets'],
  'build-key-in-project': [null, null, null, null, 'CodeBuild.2', 'codebuild_project_no_secrets_in_variables'],
  'stack-key-in-the-open': [null, null, null, null, null, 'cloudformation_stack_outputs_find_secrets'],
  'resource-key-in-settings': [null, null, null, null, null, 'ssm_document_secrets'],
  'role-trust-public': [null, null, null, null, null, 'iam_role_cross_account_readonlyaccess_policy'],
  'role-trust-third-party-without-external-id': [
    null,
    null,
    null,
    null,
    null,
    'iam_role_cross_account_readonlyaccess_policy',
  ],
  'role-trust-unknown-account': [null, null, null, null, null, 'iam_role_cross_account_readonlyaccess_policy'],
  'role-confused-deputy': [null, null, null, null, null, 'iam_role_cross_service_confused_deputy_prevention'],
  'policy-full-admin': [
    '1.16@attached',
    '1.15@attached',
    '2.15@attached',
    '2.14@attached',
    // Security Hub judges customer managed policies only, attached or not
    'IAM.1@customer-managed',
    'iam_aws_attached_policy_no_administrative_privileges iam_customer_attached_policy_no_administrative_privileges iam_customer_unattached_policy_no_administrative_privileges iam_inline_policy_no_administrative_privileges iam_role_administratoraccess_policy iam_group_administrator_access_policy',
  ],
  'policy-service-wildcard': [null, null, null, null, 'IAM.21@customer-managed', null],
  'policy-notaction-allow': [null, null, null, null, 'IAM.21@customer-managed', null],
  'policy-passrole-wildcard': [
    null,
    null,
    null,
    null,
    null,
    'iam_policy_allows_privilege_escalation iam_inline_policy_allows_privilege_escalation',
  ],
  'policy-assume-any-role': [null, null, null, null, null, 'iam_no_custom_policy_permissive_role_assumption'],
  'policy-full-cloudtrail': [
    null,
    null,
    null,
    null,
    null,
    'iam_policy_no_full_access_to_cloudtrail iam_inline_policy_no_full_access_to_cloudtrail',
  ],
  'policy-full-kms': [
    null,
    null,
    null,
    null,
    null,
    'iam_policy_no_full_access_to_kms iam_inline_policy_no_full_access_to_kms',
  ],
  'policy-cloudshell-full': ['1.22', '1.21', '2.21', '2.20', 'IAM.27', 'iam_policy_cloudshell_admin_not_attached'],
  'trail-missing': [
    '3.1@unrecorded 3.2@unvalidated',
    '3.1@unrecorded 3.2@unvalidated',
    '4.1@unrecorded 4.2@unvalidated',
    '4.1@unrecorded 4.2@unvalidated',
    'CloudTrail.1@unrecorded CloudTrail.3@untrailed CloudTrail.4@unvalidated',
    'cloudtrail_multi_region_enabled cloudtrail_multi_region_enabled_logging_management_events cloudtrail_log_file_validation_enabled',
  ],
  'access-analyzer-missing': ['1.20', '1.19', '2.19', '2.18', 'IAM.28', 'accessanalyzer_enabled'],
  'support-role-missing': ['1.17', '1.16', '2.16', '2.15', 'IAM.18', 'iam_support_role_created'],
  'security-contact-missing': [
    '1.2',
    '1.2',
    '2.2',
    '2.3',
    'Account.1',
    'account_security_contact_information_is_registered',
  ],
  'analyzer-tags': [null, null, null, null, 'IAM.23', null],
  'role-tags': [null, null, null, null, 'IAM.24', null],
  'user-tags': [null, null, null, null, 'IAM.25', null],
}

/** That a flag of a check breaks a control. */
interface Claim {
  control: string
  /** Always, where there is none. */
  onlyIf?: (flag: Pick<Flag, 'measure' | 'traits'>) => boolean
}

function claimOf(text: string): Claim {
  const [, control, sign, number, trait] = /^([^<>@]+)(?:(>=|<)(\d+)|@([a-z-]+))?$/.exec(text)!
  if (trait) return { control: control!, onlyIf: ({ traits }) => traits?.includes(trait as FlagTrait) === true }
  if (!sign) return { control: control! }
  const limit = Number(number)
  return {
    control: control!,
    onlyIf: ({ measure }) => measure === undefined || (sign === '<' ? measure < limit : measure >= limit),
  }
}

/** CIS 4.0.1 numbers that differ from 3.0: one more control came before IMDSv2. */
const CIS_4_INSTEAD: Readonly<Record<string, string>> = { 'instance-imdsv1': '5.7' }

/** By check and framework, as in the table. */
const CLAIMS: Readonly<Record<string, Readonly<Record<string, readonly Claim[]>>>> = Object.fromEntries(
  Object.entries(TABLE).map(([check, [cis3, cis5, cis6, cis7, securityHub, prowler]]) => [
    check,
    Object.fromEntries(
      [
        ['cis-aws-3.0', cis3] as const,
        ['cis-aws-4.0.1', CIS_4_INSTEAD[check] ?? cis3] as const,
        ['cis-aws-5.0', cis5] as const,
        ['cis-aws-6.0', cis6] as const,
        ['cis-aws-7.0', cis7] as const,
        ['aws-security-hub', securityHub] as const,
        ['prowler', prowler] as const,
      ].flatMap(([framework, ids]) => (ids === null ? [] : [[framework, ids.split(' ').map(claimOf)]])),
    ),
  ]),
)

/** Control ids by framework, by check: those that flags of the check can break. */
export const FRAMEWORKS: Readonly<Record<string, Record<string, string[]>>> = Object.fromEntries(
  Object.entries(CLAIMS).map(([check, byFramework]) => [check, controlsIn(byFramework, () => true)]),
)

const BROKEN = new Map<string, Record<string, string[]>>()

/** The controls that a flag breaks; one object for all that break the same, as there may be 100,000. */
export function brokenControls(check: string, flag: Pick<Flag, 'measure' | 'traits'>): Record<string, string[]> {
  const claims = CLAIMS[check]
  if (!claims) return NONE
  const held = Object.values(claims).map((list) => list.map(({ onlyIf }) => !onlyIf || onlyIf(flag)))
  const key = `${check} ${held.join()}`
  let broken = BROKEN.get(key)
  if (!broken) {
    broken = controlsIn(claims, ({ onlyIf }) => !onlyIf || onlyIf(flag))
    BROKEN.set(key, broken)
  }
  return broken
}

const NONE: Record<string, string[]> = {}

function controlsIn(claims: (typeof CLAIMS)[string], isMeant: (claim: Claim) => boolean): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(claims).flatMap(([framework, list]) => {
      const controls = list.filter(isMeant).map(({ control }) => control)
      return controls.length > 0 ? [[framework, controls]] : []
    }),
  )
}

/** Controls of the IAM sections that no check answers, and why. All of them are manual in their benchmark. */
export const UNANSWERED: readonly { framework: string; control: string; reason: string }[] = [
  ...(
    [
      ['cis-aws-3.0', '1.1'],
      ['cis-aws-4.0.1', '1.1'],
      ['cis-aws-5.0', '1.1'],
      ['cis-aws-6.0', '2.1'],
      ['cis-aws-7.0', '2.2'],
    ] as const
  ).map(([framework, control]) => ({
    framework,
    control,
    reason: 'whether the contact details are current, only a person can say',
  })),
  ...['cis-aws-3.0', 'cis-aws-4.0.1'].map((framework) => ({
    framework,
    control: '1.3',
    reason: 'AWS has no API for security questions, and no longer lets new ones be set',
  })),
  ...(
    [
      ['2.1.1', 'central root access belongs to the organization; a single account cannot tell'],
      ['2.1.2', 'which guardrails an organization needs is a matter of judgement'],
      ['2.1.3', 'what counts as a workload is a matter of judgement'],
      ['2.1.4', 'how units are to be cut is a matter of judgement'],
      ['2.1.5', 'the delegated administrators of an organization are not read'],
      ['2.1.6', 'the delegated administrators of an organization are not read'],
      ['2.21', 'resource policies of other services are not read; role-trust-public answers for roles'],
    ] as const
  ).map(([control, reason]) => ({ framework: 'cis-aws-7.0', control, reason })),
]
