/** AWS Batch: the variables, commands and parameters of job definitions, every revision. */
import { text } from '../answer.ts'
import { declare } from '../run.ts'
import { type ConfigReader, NEXT_TOKEN_LOWER } from './reader.ts'

const definitions = declare('batch', 'DescribeJobDefinitions')

export const batch: ConfigReader = {
  calls: [definitions],
  async read(reader) {
    const input = { status: 'ACTIVE', maxResults: 100 }
    const onDefinition = (definition: Record<string, unknown>) => {
      const name = text(definition.jobDefinitionArn) ?? text(definition.jobDefinitionName) ?? ''
      reader.outlet.config(definition, reader.place(name))
    }
    await reader.list(definitions, input, 'jobDefinitions', onDefinition, NEXT_TOKEN_LOWER)
  },
}
