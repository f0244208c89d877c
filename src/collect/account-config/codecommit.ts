/**
 * CodeCommit: the files at the head of each branch, within bounds. Its API gives one file a call, so for all of the
 * history a clone is the better way; what is left out says so.
 */
import { type Answer, isAnswer, text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { type ConfigReader, NEXT_TOKEN_LOWER, named, type Reader, type Subject } from './reader.ts'

const C = {
  repositories: declare('codecommit', 'ListRepositories'),
  branches: declare('codecommit', 'ListBranches'),
  folder: declare('codecommit', 'GetFolder'),
  blob: declare('codecommit', 'GetBlob'),
} satisfies Record<string, Call>

export const codecommit: ConfigReader = {
  calls: Object.values(C),
  async read(reader) {
    const repositories: Subject[] = []
    await reader.list(
      C.repositories,
      {},
      'repositories',
      ({ repositoryName }) => named(repositories, repositoryName),
      NEXT_TOKEN_LOWER,
    )
    const branches = new Map<string, string[]>()
    await reader.listEach(
      C.branches,
      repositories,
      'repository',
      { input: ({ name }) => ({ repositoryName: name }), field: 'branches', paging: NEXT_TOKEN_LOWER },
      ({ name }, repository) => {
        if (typeof name !== 'string') return
        const known = branches.get(repository.name)
        if (known) known.push(name)
        else branches.set(repository.name, [name])
      },
    )
    for (const [repository, names] of branches) await readRepository(reader, repository, names)
  },
}

interface File extends Subject {
  blobId: string
  path: string
  branch: string
}

interface Folder extends Subject {
  path: string
}

async function readRepository(reader: Reader, repository: string, branches: readonly string[]): Promise<void> {
  const files = await filesOf(reader, repository, branches)
  const { repositoryFiles, repositoryBytes } = reader.limits
  const few = files.slice(0, repositoryFiles)
  let bytes = 0
  let tooMany = files.length - few.length
  // One region's files one after the other would take for ever; all at once would not stay within the bounds.
  for (let i = 0; i < few.length; i += 100) {
    if (bytes > repositoryBytes) {
      tooMany += few.length - i
      break
    }
    await reader.each(
      C.blob,
      few.slice(i, i + 100),
      'file',
      ({ blobId }) => ({ repositoryName: repository, blobId }),
      async ({ content }, { path, branch }) => {
        if (!(content instanceof Uint8Array)) return
        bytes += content.length
        const place = reader.place(reader.arn('codecommit', repository), branch, ...path.split('/'))
        await reader.outlet.bytes(content, place)
      },
    )
  }
  if (tooMany > 0)
    reader.leftOut(`${tooMany} files of the repository ${repository}`, 'too many: clone it, and scan the clone')
}

/** The files at the heads of the branches; what several have in common comes once, for the first. */
async function filesOf(reader: Reader, repository: string, branches: readonly string[]): Promise<File[]> {
  const files: File[] = []
  const blobs = new Set<string>()
  const trees = new Set<string>()
  for (const branch of branches) {
    const folder = (path: string): Folder => ({ name: `${repository}/${branch}:${path}`, path })
    const folders: Folder[] = [folder('/')]
    // Breadth first; a folder that was seen in another branch is the same here.
    while (folders.length > 0 && files.length <= reader.limits.repositoryFiles) {
      const now = folders.splice(0, 50)
      await reader.each(
        C.folder,
        now,
        'folder',
        ({ path }) => ({ repositoryName: repository, commitSpecifier: branch, folderPath: path }),
        ({ files: below, subFolders }) => {
          for (const { blobId, absolutePath } of list(below)) {
            if (typeof blobId !== 'string' || typeof absolutePath !== 'string' || blobs.has(blobId)) continue
            blobs.add(blobId)
            files.push({ name: `${repository}/${branch}:${absolutePath}`, path: absolutePath, blobId, branch })
          }
          for (const { treeId, absolutePath } of list(subFolders)) {
            const id = text(treeId)
            if (id && trees.has(id)) continue
            if (id) trees.add(id)
            if (typeof absolutePath === 'string') folders.push(folder(absolutePath))
          }
        },
      )
    }
    if (folders.length > 0)
      reader.leftOut(`folders of the repository ${repository}`, 'too many: clone it, and scan the clone')
  }
  return files.sort((a, b) => (a.branch === b.branch ? (a.path < b.path ? -1 : 1) : 0))
}

function list(value: unknown): Answer[] {
  return Array.isArray(value) ? value.filter(isAnswer) : []
}
