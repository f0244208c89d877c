/**
 * Systems Manager: parameters in clear, and documents. A `SecureString` is where secrets belong: it is neither decrypted
 * nor asked for.
 */
import { isAnswer, text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import type { PlacedVariable } from './outlet.ts'
import { type ConfigReader, named, type Reader, type Subject } from './reader.ts'

const C = {
  parameters: declare('ssm', 'DescribeParameters'),
  values: declare('ssm', 'GetParameters'),
  documents: declare('ssm', 'ListDocuments'),
  document: declare('ssm', 'GetDocument'),
} satisfies Record<string, Call>

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html: at most ten names. */
const AT_ONCE = 10
/** Parameters held in memory at once: 8 KB each, at most. */
const SLICE = 2000

export const ssm: ConfigReader = {
  calls: Object.values(C),
  async read(reader) {
    await Promise.all([readParameters(reader), readDocuments(reader)])
  },
}

async function readParameters(reader: Reader): Promise<void> {
  const names: string[] = []
  const input = {
    ParameterFilters: [{ Key: 'Type', Option: 'Equals', Values: ['String', 'StringList'] }],
    MaxResults: 50,
  }
  await reader.list(C.parameters, input, 'Parameters', ({ Name, Type }) => {
    if (typeof Name === 'string' && Type !== 'SecureString') names.push(Name)
  })
  names.sort()
  for (let i = 0; i < names.length; i += SLICE) {
    const folders = new Map<string, PlacedVariable[]>()
    await reader.batches(
      C.values,
      names.slice(i, i + SLICE),
      AT_ONCE,
      (Names) => ({ Names, WithDecryption: false }),
      ({ Parameters }) => {
        for (const { Name, Type, Value, ARN } of Array.isArray(Parameters) ? Parameters.filter(isAnswer) : []) {
          const name = text(Name)
          if (!name || Type === 'SecureString') continue
          const path = text(ARN) ?? reader.arn('ssm', `parameter/${name.replace(/^\//, '')}`)
          const folder = name.slice(0, name.lastIndexOf('/') + 1)
          const variables = folders.get(folder) ?? []
          variables.push({ name, value: text(Value) ?? '', place: reader.place(path) })
          folders.set(folder, variables)
        }
      },
    )
    // An ID and its secret are two parameters side by side.
    for (const variables of folders.values())
      reader.outlet.variables(variables.sort((a, b) => (a.name < b.name ? -1 : 1)))
  }
}

async function readDocuments(reader: Reader): Promise<void> {
  const documents: Subject[] = []
  const input = { Filters: [{ Key: 'Owner', Values: ['Self'] }], MaxResults: 50 }
  await reader.list(C.documents, input, 'DocumentIdentifiers', ({ Name }) => named(documents, Name))
  await reader.each(
    C.document,
    documents,
    'document',
    ({ name }) => ({ Name: name, DocumentVersion: '$LATEST' }),
    ({ Content }, { name }) =>
      reader.outlet.text(text(Content) ?? '', reader.place(reader.arn('ssm', `document/${name}`))),
  )
}
