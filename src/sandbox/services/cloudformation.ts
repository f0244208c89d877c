/** CloudFormation: stacks, their parameters, outputs and templates, and stack sets, as far as reading goes. */
import type * as client from '@aws-sdk/client-cloudformation'
import { AwsError } from '../aws-error.ts'
import { type Call, callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { type WorkloadKinds, workloadsOf } from '../workloads.ts'
import { slice } from './tokens.ts'

const PAGE = 100

const handlers: Handlers<typeof client> = {
  DescribeStacks(call, input) {
    const found = input.StackName ? [find(call, input.StackName)] : existing(call)
    const { items, next } = page(found, undefined, input.NextToken)
    return { Stacks: items.map(({ stack }) => stack), ...(next !== null && { NextToken: next }) }
  },

  ListStacks(call, input) {
    const wanted: readonly string[] = input.StackStatusFilter ?? []
    const found = all(call).filter(({ stack }) => wanted.length === 0 || wanted.includes(stack.StackStatus!))
    const { items, next } = page(found, undefined, input.NextToken)
    return {
      StackSummaries: items.map(({ stack }) => ({
        StackId: stack.StackId,
        StackName: stack.StackName,
        CreationTime: stack.CreationTime,
        StackStatus: stack.StackStatus,
      })),
      ...(next !== null && { NextToken: next }),
    }
  },

  GetTemplate(call, input) {
    const { templateBody } = find(call, input.StackName)
    return { TemplateBody: templateBody, StagesAvailable: ['Original', 'Processed'] }
  },

  ListStackSets(call, input) {
    const found = [...workloadsOf(callRegion(call), 'stackSet').values()].filter(
      ({ Status }) => !input.Status || Status === input.Status,
    )
    const { items, next } = page(found, input.MaxResults, input.NextToken)
    return {
      Summaries: items.map(({ StackSetName, StackSetId, Description, Status, PermissionModel }) => ({
        StackSetName,
        StackSetId,
        Description,
        Status,
        PermissionModel,
      })),
      ...(next !== null && { NextToken: next }),
    }
  },

  DescribeStackSet(call, input) {
    const name = (input.StackSetName ?? '').split(':')[0]!
    const found = workloadsOf(callRegion(call), 'stackSet').get(name)
    if (!found) throw new AwsError('StackSetNotFoundException', `StackSet ${input.StackSetName} not found`, 404)
    return { StackSet: found }
  },
}

function all(call: Call): WorkloadKinds['stack'][] {
  return [...workloadsOf(callRegion(call), 'stack').values()]
}

/** Deleted stacks are told only to those who ask by ID. */
function existing(call: Call): WorkloadKinds['stack'][] {
  return all(call).filter(({ stack }) => stack.StackStatus !== 'DELETE_COMPLETE')
}

function find(call: Call, reference: string | undefined): WorkloadKinds['stack'] {
  const found =
    existing(call).find(({ stack }) => stack.StackName === reference) ??
    all(call).find(({ stack }) => stack.StackId === reference)
  if (!found) throw new AwsError('ValidationError', `Stack with id ${reference} does not exist`)
  return found
}

function page<Value>(list: Iterable<Value>, size: number | undefined, token: string | undefined) {
  return slice(list, size, token, PAGE, () => new AwsError('ValidationError', 'NextToken is invalid'))
}

export const cloudformation: Service = {
  name: 'cloudformation',
  actionPrefix: 'cloudformation',
  model: {
    protocol: 'awsQuery',
    version: '2010-05-15',
    xmlNamespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
  },
  targetPrefixes: [],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-cloudformation'),
    handlers: handlers as Record<string, Handler>,
  }),
}
