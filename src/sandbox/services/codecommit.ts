/** CodeCommit: repositories, their branches, folders and files, as far as reading goes. */
import { createHash } from 'node:crypto'
import type * as client from '@aws-sdk/client-codecommit'
import { AwsError } from '../aws-error.ts'
import { type Call, callRegion, type Handler, type Handlers, type Service } from '../call.ts'
import { type Repository, workloadsOf } from '../workloads.ts'
import { slice } from './tokens.ts'

const handlers: Handlers<typeof client> = {
  ListRepositories(call, input) {
    const { items, next } = page(workloadsOf(callRegion(call), 'repository').values(), 1000, input.nextToken)
    return {
      repositories: items.map(({ name, id }) => ({ repositoryName: name, repositoryId: id })),
      ...(next !== null && { nextToken: next }),
    }
  },

  GetRepository(call, input) {
    const { name, id, arn, defaultBranch, createDate } = find(call, input.repositoryName)
    return {
      repositoryMetadata: {
        accountId: call.account.accountId,
        repositoryName: name,
        repositoryId: id,
        Arn: arn,
        defaultBranch,
        creationDate: createDate,
        lastModifiedDate: createDate,
      },
    }
  },

  ListBranches(call, input) {
    const { items, next } = page(find(call, input.repositoryName).branches.keys(), 100, input.nextToken)
    return { branches: items, ...(next !== null && { nextToken: next }) }
  },

  GetBranch(call, input) {
    const repository = find(call, input.repositoryName)
    const files = filesOf(repository, input.branchName)
    return { branch: { branchName: input.branchName, commitId: treeId(files, '') } }
  },

  /** A commit is known by its branch only: `commitSpecifier` is a branch's name. */
  GetFolder(call, input) {
    const repository = find(call, input.repositoryName)
    const files = filesOf(repository, input.commitSpecifier ?? repository.defaultBranch)
    const folder = (input.folderPath ?? '').replaceAll(/^\/+|\/+$/g, '')
    const prefix = folder === '' ? '' : `${folder}/`
    const below = [...files].filter(([path]) => path.startsWith(prefix))
    if (below.length === 0 && prefix !== '')
      throw new AwsError('FolderDoesNotExistException', `Could not find path ${folder}`)
    const folders = new Set(
      below.flatMap(([path]) => {
        const [first = '', ...rest] = path.slice(prefix.length).split('/')
        return rest.length > 0 ? [first] : []
      }),
    )
    return {
      commitId: treeId(files, ''),
      folderPath: folder,
      treeId: treeId(files, prefix),
      subFolders: [...folders].map((name) => ({
        absolutePath: prefix + name,
        relativePath: name,
        treeId: treeId(files, `${prefix}${name}/`),
      })),
      files: below
        .filter(([path]) => !path.slice(prefix.length).includes('/'))
        .map(([path, content]) => ({
          blobId: blobId(content),
          absolutePath: path,
          relativePath: path.slice(prefix.length),
          fileMode: 'NORMAL',
        })),
      symbolicLinks: [],
      subModules: [],
    }
  },

  GetBlob(call, input) {
    const { branches } = find(call, input.repositoryName)
    for (const files of branches.values())
      for (const content of files.values()) if (blobId(content) === input.blobId) return { content }
    throw new AwsError('BlobIdDoesNotExistException', `Blob ${input.blobId} does not exist`)
  },
}

function find(call: Call, name: string | undefined): Repository {
  const found = workloadsOf(callRegion(call), 'repository').get(name ?? '')
  if (!found) throw new AwsError('RepositoryDoesNotExistException', `${name} does not exist`)
  return found
}

function filesOf({ branches }: Repository, branch: string | undefined): Map<string, Uint8Array> {
  const files = branches.get((branch ?? '').replace(/^refs\/heads\//, ''))
  if (!files) throw new AwsError('CommitDoesNotExistException', `The specified commit does not exist: ${branch}`)
  return files
}

/** As git has it: the same content has the same ID everywhere. */
function blobId(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}

/** Tells folders with different content apart; not what git would say. */
function treeId(files: Map<string, Uint8Array>, prefix: string): string {
  const hash = createHash('sha1')
  for (const [path, content] of files)
    if (path.startsWith(prefix)) hash.update(`${path.slice(prefix.length)} ${blobId(content)}\n`)
  return hash.digest('hex')
}

function page<Value>(list: Iterable<Value>, limit: number, token: string | undefined) {
  return slice(list, undefined, token, limit, () => new AwsError('InvalidContinuationTokenException', 'Invalid token'))
}

export const codecommit: Service = {
  name: 'codecommit',
  actionPrefix: 'codecommit',
  model: { protocol: 'awsJson1_1', version: '2015-04-13' },
  targetPrefixes: ['CodeCommit_20150413'],
  global: false,
  load: async () => ({
    client: await import('@aws-sdk/client-codecommit'),
    handlers: handlers as Record<string, Handler>,
  }),
}
