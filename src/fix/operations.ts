/**
 * The calls that a plan may make. A plan file that names any other is refused: whoever can write to the folder of plans
 * must not gain more than the kinds of plans do.
 */
import { InputError } from '../model/errors.ts'
import type { Operation } from '../model/plan.ts'

/** Codes by which AWS says that the change is there already, as after an answer that was lost on the way. */
const DONE_BY: Record<string, readonly string[]> = {
  'iam:AddUserToGroup': [],
  'iam:AttachGroupPolicy': [],
  'iam:AttachRolePolicy': [],
  'iam:AttachUserPolicy': [],
  'iam:CreateGroup': ['EntityAlreadyExistsException'],
  'iam:CreatePolicy': ['EntityAlreadyExistsException'],
  'iam:CreatePolicyVersion': [],
  'iam:DeactivateMFADevice': ['NoSuchEntityException'],
  'iam:DeleteAccessKey': ['NoSuchEntityException'],
  'iam:DeleteAccountPasswordPolicy': ['NoSuchEntityException'],
  'iam:DeleteGroup': ['NoSuchEntityException'],
  'iam:DeleteLoginProfile': ['NoSuchEntityException'],
  'iam:DeletePolicy': ['NoSuchEntityException'],
  'iam:DeletePolicyVersion': ['NoSuchEntityException'],
  'iam:DeleteRole': ['NoSuchEntityException'],
  'iam:DeleteRolePolicy': ['NoSuchEntityException'],
  'iam:DeleteSSHPublicKey': ['NoSuchEntityException'],
  'iam:DeleteServiceSpecificCredential': ['NoSuchEntityException'],
  'iam:DeleteUser': ['NoSuchEntityException'],
  'iam:DeleteUserPolicy': ['NoSuchEntityException'],
  'iam:DeleteVirtualMFADevice': ['NoSuchEntityException'],
  'iam:DetachGroupPolicy': ['NoSuchEntityException'],
  'iam:DetachRolePolicy': ['NoSuchEntityException'],
  'iam:DetachUserPolicy': ['NoSuchEntityException'],
  'iam:PutGroupPolicy': [],
  'iam:PutRolePolicy': [],
  'iam:PutUserPolicy': [],
  'iam:RemoveRoleFromInstanceProfile': ['NoSuchEntityException'],
  'iam:RemoveUserFromGroup': ['NoSuchEntityException'],
  'iam:SetDefaultPolicyVersion': [],
  'iam:UpdateAccessKey': [],
  'iam:UpdateAccountPasswordPolicy': [],
  'iam:UpdateAssumeRolePolicy': [],
}

/** @throws {InputError} for a call that plans do not make */
export function checkOperation({ call }: Operation): void {
  if (!Object.hasOwn(DONE_BY, call)) throw new InputError(`\`${call}\` is no call that a plan makes`)
}

/** Whether an error's code says that the change is there already. */
export function isDoneBy({ call }: Operation, code: string): boolean {
  return DONE_BY[call]?.includes(code) ?? false
}

/** The SDK's name of the call: `UpdateAccessKey`. */
export function operationName({ call }: Operation): string {
  return call.slice(call.indexOf(':') + 1)
}
