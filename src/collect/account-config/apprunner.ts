/** App Runner: the variables and commands of services. */
import { text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { type ConfigReader, field, named, type Subject } from './reader.ts'

const C = {
  services: declare('apprunner', 'ListServices'),
  service: declare('apprunner', 'DescribeService'),
} satisfies Record<string, Call>

export const apprunner: ConfigReader = {
  calls: Object.values(C),
  async read(reader) {
    const services: Subject[] = []
    await reader.list(C.services, { MaxResults: 20 }, 'ServiceSummaryList', ({ ServiceArn }) =>
      named(services, ServiceArn),
    )
    await reader.each(
      C.service,
      services,
      'service',
      ({ name }) => ({ ServiceArn: name }),
      (answer, { name }) => {
        const service = field(answer, 'Service')
        reader.outlet.config(service, reader.place(text(service.ServiceArn) ?? name))
      },
    )
  },
}
