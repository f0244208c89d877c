/**
 * Lambda: the variables of every version of a function, and the code of the newest; the same of layers, and of those
 * that functions use of other accounts.
 */
import { type Answer, answer, text } from '../answer.ts'
import { type Call, declare, type Paging } from '../run.ts'
import { type ConfigReader, field, type Reader, type Subject } from './reader.ts'

const C = {
  functions: declare('lambda', 'ListFunctions'),
  function: declare('lambda', 'GetFunction'),
  layers: declare('lambda', 'ListLayers'),
  layerVersions: declare('lambda', 'ListLayerVersions'),
  layer: declare('lambda', 'GetLayerVersion'),
} satisfies Record<string, Call>

const MARKER: Paging = { token: 'NextMarker', input: 'Marker' }

interface Version extends Subject {
  path: string
  version: string
  codeSha256: string | null
  bytes: number
  isImage: boolean
}

export const lambda: ConfigReader = {
  calls: Object.values(C),
  async read(reader) {
    const versions: Version[] = []
    const borrowed = new Map<string, LayerVersion>()
    const onFunction = (entry: Answer) => {
      const version = versionOf(entry)
      if (!version) return
      versions.push(version)
      settings(reader, entry, version)
      for (const layer of borrowedLayers(reader, entry)) borrowed.set(layer.name, layer)
    }
    await reader.list(C.functions, { FunctionVersion: 'ALL', MaxItems: 50 }, 'Functions', onFunction, MARKER)
    await reader.each(
      C.function,
      packages(reader, versions),
      'function',
      ({ path, version }) => ({ FunctionName: path, Qualifier: version }),
      async (answer, { name, path, version }) => {
        const address = text(field(answer, 'Code').Location)
        if (address)
          await reader.code(C.function, 'lambda', address, name, reader.place(path, ...within(version), 'code'))
      },
    )
    await layers(reader)
    await layerCode(reader, [...borrowed.values()], 'layer of another account')
  },
}

interface Layer extends Subject {
  path: string
}

interface LayerVersion extends Layer {
  /** Its name, or the ARN of another account's. */
  layer: string
  version: number
}

/** The account's own, whether a function uses them or not. */
async function layers(reader: Reader): Promise<void> {
  const found: Layer[] = []
  const onLayer = ({ LayerName, LayerArn }: Answer) => {
    const [name, path] = [text(LayerName), text(LayerArn)]
    if (name && path) found.push({ name, path })
  }
  await reader.list(C.layers, { MaxItems: 50 }, 'Layers', onLayer, MARKER)
  const versions: LayerVersion[] = []
  await reader.listEach(
    C.layerVersions,
    found,
    'layer',
    { input: ({ name }) => ({ LayerName: name, MaxItems: 50 }), field: 'LayerVersions', paging: MARKER },
    ({ Version, Description }, { name, path }) => {
      const version = Number(Version)
      if (!Number.isInteger(version)) return
      versions.push({ name: `layer ${name}:${version}`, layer: name, path, version })
      reader.outlet.config({ Description }, reader.place(path, `version ${version}`))
    },
  )
  versions.sort((a, b) => b.version - a.version)
  await layerCode(
    reader,
    reader.newest(versions, ({ layer }) => `layer ${layer}`, 'version'),
    'version of a layer',
  )
}

/** What functions use of other accounts' layers: `arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION`. */
function borrowedLayers(reader: Reader, { Layers }: Answer): LayerVersion[] {
  const own = reader.arn('lambda', 'layer:')
  return (Array.isArray(Layers) ? Layers : []).flatMap((entry) => {
    const [, path, version] =
      /^(arn:[^:]+:lambda:[^:]+:\d{12}:layer:[^:]+):(\d+)$/.exec(text(answer(entry).Arn) ?? '') ?? []
    if (!path || path.startsWith(own)) return []
    // by its ARN, as AWS allows: https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html
    return { name: `layer ${path}:${version}`, layer: path, path, version: Number(version) }
  })
}

async function layerCode(reader: Reader, versions: readonly LayerVersion[], noun: string): Promise<void> {
  const seen = new Set<string>()
  await reader.each(
    C.layer,
    versions,
    noun,
    ({ layer, version }) => ({ LayerName: layer, VersionNumber: version }),
    async (answer, { name, path, version }) => {
      const { Location, CodeSha256 } = field(answer, 'Content')
      const address = text(Location)
      const same = `${path} ${text(CodeSha256) ?? version}`
      if (!address || seen.has(same)) return
      seen.add(same)
      await reader.code(C.layer, 'lambda', address, name, reader.place(path, `version ${version}`, 'code'))
    },
  )
}

function versionOf(entry: Answer): Version | null {
  const name = text(entry.FunctionName)
  const arn = text(entry.FunctionArn)
  if (!name || !arn) return null
  const version = text(entry.Version) ?? '$LATEST'
  return {
    name: version === '$LATEST' ? name : `${name}:${version}`,
    // Of a version, AWS says `…:function:name:3`.
    path: arn.split(':').slice(0, 7).join(':'),
    version,
    codeSha256: text(entry.CodeSha256),
    bytes: Number(entry.CodeSize ?? 0),
    isImage: entry.PackageType === 'Image',
  }
}

function settings(reader: Reader, entry: Answer, { name, path, version }: Version): void {
  const { Variables, Error: error } = field(entry, 'Environment')
  const variables = Object.entries(answer(Variables)).flatMap(([name, value]) =>
    typeof value === 'string'
      ? [{ name, value, place: reader.place(path, ...within(version), 'environment', name) }]
      : [],
  )
  reader.outlet.variables(variables)
  // The key that it is encrypted with is not for everyone: the list has it without.
  if (error) reader.gap(C.functions, `${name}: its environment could not be decrypted`)
  const { Environment: _, ...rest } = entry
  reader.outlet.config({ Description: rest.Description, ImageConfig: rest.ImageConfigResponse }, reader.place(path))
}

/** What to fetch: the newest code first, and the same code only once a function. */
function packages(reader: Reader, versions: readonly Version[]): Version[] {
  const seen = new Set<string>()
  const different = [...versions]
    .sort((a, b) => age(b) - age(a))
    .filter(({ path, codeSha256, version }) => {
      const key = `${path} ${codeSha256 ?? version}`
      if (seen.has(key)) return false
      seen.add(key)
      return true
    })
  return reader
    .newest(different, ({ path }) => path.split(':').at(-1)!, 'version')
    .filter(({ name, isImage, bytes }) => {
      if (isImage)
        reader.leftOut(`${name}: code`, 'it is a container image: pull it, and scan what `docker save` writes')
      else if (bytes > reader.limits.codeBytes)
        reader.leftOut(`${name}: code`, `too large (${Math.round(bytes / 2 ** 20)} MB)`)
      else return true
      return false
    })
}

/** `$LATEST` is newer than every number. */
function age({ version }: Version): number {
  return version === '$LATEST' ? Infinity : Number(version) || 0
}

function within(version: string): string[] {
  return version === '$LATEST' ? [] : [`version ${version}`]
}
