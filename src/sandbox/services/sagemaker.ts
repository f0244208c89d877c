/** SageMaker: notebook instances, their start scripts, Studio domains and user profiles, as far as reading goes. */
import type * as client from '@aws-sdk/client-sagemaker'
import { AwsError } from '../aws-error.ts'
import { callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { workloadsOf } from '../workloads.ts'
import { slice } from './tokens.ts'

interface Paged {
  MaxResults?: number | undefined
  NextToken?: string | undefined
}

const handlers: Handlers<typeof client> = {
  ListNotebookInstances(call, input) {
    const { items, ...more } = page(workloadsOf(callRegion(call), 'notebook').values(), input)
    return {
      NotebookInstances: items.map((notebook) => ({
        NotebookInstanceName: notebook.NotebookInstanceName,
        NotebookInstanceArn: notebook.NotebookInstanceArn,
        NotebookInstanceStatus: notebook.NotebookInstanceStatus,
        InstanceType: notebook.InstanceType,
        CreationTime: notebook.CreationTime,
        LastModifiedTime: notebook.LastModifiedTime,
        NotebookInstanceLifecycleConfigName: notebook.NotebookInstanceLifecycleConfigName,
      })),
      ...more,
    }
  },

  DescribeNotebookInstance(call, input) {
    const found = workloadsOf(callRegion(call), 'notebook').get(input.NotebookInstanceName ?? '')
    // https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html: there is no other code for it
    if (!found) throw new AwsError('ValidationException', 'RecordNotFound')
    return found
  },

  ListNotebookInstanceLifecycleConfigs(call, input) {
    const { items, ...more } = page(workloadsOf(callRegion(call), 'lifecycleConfig').values(), input)
    return {
      NotebookInstanceLifecycleConfigs: items.map((config) => ({
        NotebookInstanceLifecycleConfigName: config.NotebookInstanceLifecycleConfigName,
        NotebookInstanceLifecycleConfigArn: config.NotebookInstanceLifecycleConfigArn,
        CreationTime: config.CreationTime,
        LastModifiedTime: config.LastModifiedTime,
      })),
      ...more,
    }
  },

  DescribeNotebookInstanceLifecycleConfig(call, input) {
    const name = input.NotebookInstanceLifecycleConfigName ?? ''
    const found = workloadsOf(callRegion(call), 'lifecycleConfig').get(name)
    if (!found)
      throw new AwsError('ValidationException', `Unable to describe Notebook Instance Lifecycle Config '${name}'`)
    return found
  },

  ListStudioLifecycleConfigs(call, input) {
    const { items, ...more } = page(workloadsOf(callRegion(call), 'studioLifecycleConfig').values(), input)
    return { StudioLifecycleConfigs: items.map(({ StudioLifecycleConfigContent: _, ...config }) => config), ...more }
  },

  DescribeStudioLifecycleConfig(call, input) {
    const name = input.StudioLifecycleConfigName ?? ''
    const found = workloadsOf(callRegion(call), 'studioLifecycleConfig').get(name)
    if (!found) throw new AwsError('ResourceNotFound', `Studio lifecycle config [${name}] does not exist.`)
    return found
  },

  ListDomains(call, input) {
    const { items, ...more } = page(workloadsOf(callRegion(call), 'domain').values(), input)
    return {
      Domains: items.map(({ DomainArn, DomainId, DomainName, Status, CreationTime }) => ({
        DomainArn,
        DomainId,
        DomainName,
        Status,
        CreationTime,
      })),
      ...more,
    }
  },

  DescribeDomain(call, input) {
    const found = workloadsOf(callRegion(call), 'domain').get(input.DomainId ?? '')
    if (!found) throw new AwsError('ResourceNotFound', `Domain [${input.DomainId}] does not exist.`)
    return found
  },

  ListUserProfiles(call, input) {
    const found = [...workloadsOf(callRegion(call), 'userProfile').values()].filter(
      ({ DomainId }) => !input.DomainIdEquals || DomainId === input.DomainIdEquals,
    )
    const { items, ...more } = page(found, input)
    return {
      UserProfiles: items.map(({ DomainId, UserProfileName, Status, CreationTime }) => ({
        DomainId,
        UserProfileName,
        Status,
        CreationTime,
      })),
      ...more,
    }
  },

  DescribeUserProfile(call, input) {
    const found = workloadsOf(callRegion(call), 'userProfile').get(`${input.DomainId}/${input.UserProfileName}`)
    if (!found) throw new AwsError('ResourceNotFound', `UserProfile [${input.UserProfileName}] does not exist.`)
    return found
  },
}

function page<Value>(list: Iterable<Value>, { MaxResults, NextToken }: Paged) {
  const invalid = () => new AwsError('ValidationException', 'Invalid NextToken')
  const { items, next } = slice(list, MaxResults ?? 10, NextToken, 100, invalid)
  return { items, ...(next !== null && { NextToken: next }) }
}

export const sagemaker: Service = {
  name: 'sagemaker',
  actionPrefix: 'sagemaker',
  model: { protocol: 'awsJson1_1', version: '2017-07-24' },
  targetPrefixes: ['SageMaker'],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-sagemaker'),
    handlers: handlers as Record<string, Handler>,
  }),
}
