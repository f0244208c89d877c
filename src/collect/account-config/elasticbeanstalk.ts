/** Elastic Beanstalk: the settings of environments and of saved configurations, variables among them. */
import { answer, isAnswer, text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import type { ConfigReader, Reader, Subject } from './reader.ts'

const C = {
  applications: declare('elasticbeanstalk', 'DescribeApplications'),
  environments: declare('elasticbeanstalk', 'DescribeEnvironments'),
  settings: declare('elasticbeanstalk', 'DescribeConfigurationSettings'),
} satisfies Record<string, Call>

interface Configured extends Subject {
  input: object
  path: string
}

export const elasticbeanstalk: ConfigReader = {
  calls: Object.values(C),
  async read(reader) {
    const found: Configured[] = []
    await reader.list(C.applications, {}, 'Applications', ({ ApplicationName, ConfigurationTemplates }) => {
      for (const template of Array.isArray(ConfigurationTemplates) ? ConfigurationTemplates : [])
        found.push({
          name: `${text(ApplicationName)}/${text(template)}`,
          input: { ApplicationName, TemplateName: template },
          path: reader.arn('elasticbeanstalk', `configurationtemplate/${text(ApplicationName)}/${text(template)}`),
        })
    })
    const input = { IncludeDeleted: false, MaxRecords: 1000 }
    await reader.list(C.environments, input, 'Environments', ({ ApplicationName, EnvironmentName, EnvironmentArn }) => {
      const name = `${text(ApplicationName)}/${text(EnvironmentName)}`
      const path = text(EnvironmentArn) ?? reader.arn('elasticbeanstalk', `environment/${name}`)
      found.push({ name, input: { ApplicationName, EnvironmentName }, path })
    })
    await reader.each(
      C.settings,
      found,
      'configuration',
      ({ input }) => input,
      ({ ConfigurationSettings }, { path }) => {
        for (const settings of Array.isArray(ConfigurationSettings) ? ConfigurationSettings : [])
          readSettings(reader, answer(settings).OptionSettings, path)
      },
    )
  },
}

/** https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html */
const VARIABLES = 'aws:elasticbeanstalk:application:environment'

function readSettings(reader: Reader, options: unknown, path: string): void {
  const settings = (Array.isArray(options) ? options.filter(isAnswer) : []).map(({ Namespace, OptionName, Value }) => {
    const name = text(OptionName) ?? ''
    const folder = Namespace === VARIABLES ? 'environment' : (text(Namespace) ?? '')
    return { name, value: text(Value) ?? '', place: reader.place(path, folder, name) }
  })
  reader.outlet.variables(settings.filter(({ value }) => value !== ''))
}
