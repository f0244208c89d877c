/** EC2: the user data of instances and of every version of launch templates, and the tags of everything. */
import { type Answer, answer, text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { type ConfigReader, field, named, type Reader, type Subject } from './reader.ts'

const C = {
  instances: declare('ec2', 'DescribeInstances'),
  attribute: declare('ec2', 'DescribeInstanceAttribute'),
  templates: declare('ec2', 'DescribeLaunchTemplates'),
  versions: declare('ec2', 'DescribeLaunchTemplateVersions'),
  tags: declare('ec2', 'DescribeTags'),
} satisfies Record<string, Call>

/** Terminated ones have no user data any more. */
const ALIVE = ['pending', 'running', 'shutting-down', 'stopping', 'stopped']

export const ec2: ConfigReader = {
  calls: Object.values(C),
  async read(reader) {
    await Promise.all([readInstances(reader), readTemplates(reader), readTags(reader)])
  },
}

async function readInstances(reader: Reader): Promise<void> {
  const instances: Subject[] = []
  const input = { Filters: [{ Name: 'instance-state-name', Values: ALIVE }], MaxResults: 1000 }
  await reader.list(C.instances, input, 'Reservations', ({ Instances }) => {
    for (const instance of Array.isArray(Instances) ? Instances : []) named(instances, answer(instance).InstanceId)
  })
  await reader.each(
    C.attribute,
    instances,
    'instance',
    ({ name }) => ({ InstanceId: name, Attribute: 'userData' }),
    ({ UserData }, { name }) =>
      userData(reader, answer(UserData).Value, reader.arn('ec2', `instance/${name}`), 'user data'),
  )
}

async function readTemplates(reader: Reader): Promise<void> {
  const templates: Subject[] = []
  await reader.list(C.templates, { MaxResults: 200 }, 'LaunchTemplates', ({ LaunchTemplateId }) =>
    named(templates, LaunchTemplateId),
  )
  const found: Answer[] = []
  await reader.listEach(
    C.versions,
    templates,
    'launch template',
    { input: ({ name }) => ({ LaunchTemplateId: name, MaxResults: 200 }), field: 'LaunchTemplateVersions' },
    (version) => {
      const { UserData } = field(version, 'LaunchTemplateData')
      if (typeof UserData === 'string')
        found.push({ id: version.LaunchTemplateId, number: version.VersionNumber, UserData })
    },
  )
  for (const { id, number, UserData } of found) {
    const path = reader.arn('ec2', `launch-template/${text(id) ?? ''}`)
    await userData(reader, UserData, path, `version ${Number(number)}/user data`)
  }
}

/** User data comes in base64; within, it is text, or packed: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html */
async function userData(reader: Reader, value: unknown, path: string, member: string): Promise<void> {
  if (typeof value === 'string' && value !== '')
    await reader.outlet.bytes(Buffer.from(value, 'base64'), reader.place(path, member))
}

async function readTags(reader: Reader): Promise<void> {
  const resources = new Map<string, { path: string; tags: { name: string; value: string }[] }>()
  await reader.list(C.tags, { MaxResults: 1000 }, 'Tags', ({ ResourceId, ResourceType, Key, Value }) => {
    if (typeof ResourceId !== 'string' || typeof Key !== 'string') return
    const resource = resources.get(ResourceId) ?? { path: arnOf(reader, ResourceType, ResourceId), tags: [] }
    resource.tags.push({ name: Key, value: text(Value) ?? '' })
    resources.set(ResourceId, resource)
  })
  for (const { path, tags } of resources.values())
    reader.outlet.variables(tags.map((tag) => ({ ...tag, place: reader.place(path, 'tags', tag.name) })))
}

/** Images and snapshots have no account in their ARNs. */
function arnOf(reader: Reader, type: unknown, id: string): string {
  const arn = reader.arn('ec2', `${text(type) ?? 'resource'}/${id}`)
  return type === 'image' || type === 'snapshot' ? arn.replace(/:\d{12}:/, '::') : arn
}
