/** SageMaker: the lifecycle scripts of notebook instances and of Studio. */
import { answer, text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { type ConfigReader, named, type Reader, type Subject } from './reader.ts'

const C = {
  notebooks: declare('sagemaker', 'ListNotebookInstanceLifecycleConfigs'),
  notebook: declare('sagemaker', 'DescribeNotebookInstanceLifecycleConfig'),
  studios: declare('sagemaker', 'ListStudioLifecycleConfigs'),
  studio: declare('sagemaker', 'DescribeStudioLifecycleConfig'),
} satisfies Record<string, Call>

export const sagemaker: ConfigReader = {
  calls: Object.values(C),
  async read(reader) {
    await Promise.all([readNotebooks(reader), readStudios(reader)])
  },
}

async function readNotebooks(reader: Reader): Promise<void> {
  const configs: Subject[] = []
  await reader.list(
    C.notebooks,
    { MaxResults: 100 },
    'NotebookInstanceLifecycleConfigs',
    ({ NotebookInstanceLifecycleConfigName: name }) => named(configs, name),
  )
  await reader.each(
    C.notebook,
    configs,
    'lifecycle configuration',
    ({ name }) => ({ NotebookInstanceLifecycleConfigName: name }),
    (config, { name }) => {
      const path =
        text(config.NotebookInstanceLifecycleConfigArn) ??
        reader.arn('sagemaker', `notebook-instance-lifecycle-config/${name}`)
      for (const [member, hooks] of [
        ['OnCreate', config.OnCreate],
        ['OnStart', config.OnStart],
      ] as const)
        for (const hook of Array.isArray(hooks) ? hooks : []) script(reader, answer(hook).Content, path, member)
    },
  )
}

async function readStudios(reader: Reader): Promise<void> {
  const configs: Subject[] = []
  await reader.list(C.studios, { MaxResults: 100 }, 'StudioLifecycleConfigs', ({ StudioLifecycleConfigName: name }) =>
    named(configs, name),
  )
  await reader.each(
    C.studio,
    configs,
    'lifecycle configuration',
    ({ name }) => ({ StudioLifecycleConfigName: name }),
    (config, { name }) => {
      const path = text(config.StudioLifecycleConfigArn) ?? reader.arn('sagemaker', `studio-lifecycle-config/${name}`)
      script(reader, config.StudioLifecycleConfigContent, path, 'script')
    },
  )
}

/** Scripts come in base64. */
function script(reader: Reader, content: unknown, path: string, member: string): void {
  if (typeof content !== 'string') return
  reader.outlet.text(Buffer.from(content, 'base64').toString(), reader.place(path, member))
}
