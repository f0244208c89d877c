/** Amplify: the variables and build settings of apps and their branches. */
import { text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { type ConfigReader, NEXT_TOKEN_LOWER, type Subject } from './reader.ts'

const C = {
  apps: declare('amplify', 'ListApps'),
  branches: declare('amplify', 'ListBranches'),
} satisfies Record<string, Call>

export const amplify: ConfigReader = {
  calls: Object.values(C),
  async read(reader) {
    const apps: Subject[] = []
    const onApp = (app: Record<string, unknown>) => {
      const name = text(app.appId)
      if (name) apps.push({ name })
      reader.outlet.config(app, reader.place(text(app.appArn) ?? reader.arn('amplify', `apps/${name}`)))
    }
    await reader.list(C.apps, { maxResults: 100 }, 'apps', onApp, NEXT_TOKEN_LOWER)
    await reader.listEach(
      C.branches,
      apps,
      'app',
      { input: ({ name }) => ({ appId: name, maxResults: 50 }), field: 'branches', paging: NEXT_TOKEN_LOWER },
      (branch, { name }) =>
        reader.outlet.config(branch, reader.place(text(branch.branchArn) ?? reader.arn('amplify', `apps/${name}`))),
    )
  },
}
