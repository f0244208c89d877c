/** Elastic Beanstalk: applications, environments and their settings, as far as reading goes. */
import type * as client from '@aws-sdk/client-elastic-beanstalk'
import { AwsError } from '../aws-error.ts'
import { type Call, callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { type BeanstalkApplication, workloadsOf } from '../workloads.ts'
import { slice } from './tokens.ts'

const handlers: Handlers<typeof client> = {
  DescribeApplications(call, input) {
    const wanted = input.ApplicationNames ?? []
    return {
      Applications: applications(call)
        .map(({ application }) => application)
        .filter(({ ApplicationName = '' }) => wanted.length === 0 || wanted.includes(ApplicationName)),
    }
  },

  DescribeEnvironments(call, input) {
    const found = applications(call)
      .flatMap(({ environments }) => [...environments.values()])
      .map(({ environment }) => environment)
      .filter(
        ({ ApplicationName, EnvironmentName = '' }) =>
          (input.ApplicationName === undefined || ApplicationName === input.ApplicationName) &&
          (!input.EnvironmentNames?.length || input.EnvironmentNames.includes(EnvironmentName)),
      )
    const { items, next } = slice(found, input.MaxRecords, input.NextToken, 1000, () => invalid('Invalid token'))
    return { Environments: items, ...(next !== null && { NextToken: next }) }
  },

  DescribeConfigurationSettings(call, input) {
    const { ApplicationName, EnvironmentName, TemplateName } = input
    if ((EnvironmentName === undefined) === (TemplateName === undefined))
      throw invalid('You must specify either an environment name or a configuration template name, and not both')
    const application = workloadsOf(callRegion(call), 'beanstalkApplication').get(ApplicationName ?? '')
    if (!application) throw invalid(`No Application named '${ApplicationName}' found.`)
    const settings =
      EnvironmentName === undefined
        ? application.templates.get(TemplateName!)
        : application.environments.get(EnvironmentName)?.settings
    if (!settings) throw invalid(`No ${EnvironmentName === undefined ? 'Template' : 'Environment'} found.`)
    return {
      ConfigurationSettings: [
        { ApplicationName, ...(EnvironmentName ? { EnvironmentName } : { TemplateName }), OptionSettings: settings },
      ],
    }
  },
}

function applications(call: Call): BeanstalkApplication[] {
  return [...workloadsOf(callRegion(call), 'beanstalkApplication').values()]
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message)
}

export const elasticbeanstalk: Service = {
  name: 'elasticbeanstalk',
  actionPrefix: 'elasticbeanstalk',
  model: {
    protocol: 'awsQuery',
    version: '2010-12-01',
    xmlNamespace: 'http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/',
  },
  targetPrefixes: [],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-elastic-beanstalk'),
    handlers: handlers as Record<string, Handler>,
  }),
}
