/** Tags of IAM's resources, and the calls that set, remove and list them: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
import type { Call } from '../../call.ts'
import type { Tags } from '../../state.ts'
import { invalidInput, limitExceeded, type Paged, type PageMembers, pageOfList } from './find.ts'

interface TagShape {
  Key: string | undefined
  Value: string | undefined
}

export const MAX_TAGS = 50

type TagList = { Key: string; Value: string }[]

export function tagList(tags: Tags): TagList {
  return [...tags].map(([Key, Value]) => ({ Key, Value }))
}

export function tagsFrom(list: TagShape[] | undefined): Tags {
  const tags: Tags = new Map()
  setTags(tags, list)
  return tags
}

export function setTags(tags: Tags, list: TagShape[] | undefined): void {
  const seen = new Set<string>()
  for (const { Key = '' } of list ?? []) {
    if (seen.has(Key.toLowerCase()))
      throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
    seen.add(Key.toLowerCase())
    if (/^aws:/i.test(Key)) throw invalidInput('Tag keys that begin with aws: are reserved for AWS.')
  }
  if (new Set([...tags.keys(), ...(list ?? []).map(({ Key }) => Key)]).size > MAX_TAGS)
    throw limitExceeded(`The number of tags has reached the maximum limit of ${MAX_TAGS}.`)
  for (const { Key = '', Value = '' } of list ?? []) tags.set(Key, Value)
}

/** What names the resource in a call's input: its field, such as `UserName`. */
type Named<Field extends string> = { [Name in Field]?: string | undefined }

type TagCalls<Kind extends string, Field extends string> = {
  [Name in `Tag${Kind}`]: (call: Call, input: Named<Field> & { Tags?: TagShape[] | undefined }) => void
} & {
  [Name in `Untag${Kind}`]: (call: Call, input: Named<Field> & { TagKeys?: string[] | undefined }) => void
} & {
  [Name in `List${Kind}Tags`]: (call: Call, input: Named<Field> & Paged) => { Tags: TagList } & PageMembers
}

/** `TagUser`, `UntagUser` and `ListUserTags`, and those of other kinds of resources. */
export function tagCalls<const Kind extends string, const Field extends string>(
  kind: Kind,
  field: Field,
  find: (call: Call, name: string | undefined) => { tags: Tags },
): TagCalls<Kind, Field> {
  const calls = {
    [`Tag${kind}`](call: Call, input: Named<Field> & { Tags?: TagShape[] }) {
      setTags(find(call, input[field]).tags, input.Tags)
    },
    [`Untag${kind}`](call: Call, input: Named<Field> & { TagKeys?: string[] }) {
      const { tags } = find(call, input[field])
      for (const key of input.TagKeys ?? []) tags.delete(key)
    },
    [`List${kind}Tags`](call: Call, input: Named<Field> & Paged) {
      const [found, more] = pageOfList(tagList(find(call, input[field]).tags), input)
      return { Tags: found, ...more }
    },
  }
  return calls as TagCalls<Kind, Field>
}
