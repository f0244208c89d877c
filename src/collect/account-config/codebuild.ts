/** CodeBuild: the variables and build specifications of projects. */
import { isAnswer, text } from '../answer.ts'
import { type Call, declare } from '../run.ts'
import { type ConfigReader, NEXT_TOKEN_LOWER } from './reader.ts'

const C = {
  projects: declare('codebuild', 'ListProjects'),
  details: declare('codebuild', 'BatchGetProjects'),
} satisfies Record<string, Call>

/** https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetProjects.html: at most 100 names. */
const AT_ONCE = 100

export const codebuild: ConfigReader = {
  calls: Object.values(C),
  async read(reader) {
    const names: string[] = []
    const onProject = ({ name }: Record<string, unknown>) => {
      if (typeof name === 'string') names.push(name)
    }
    await reader.list(C.projects, {}, 'projects', onProject, NEXT_TOKEN_LOWER)
    await reader.batches(
      C.details,
      names,
      AT_ONCE,
      (names) => ({ names }),
      ({ projects }) => {
        for (const project of Array.isArray(projects) ? projects.filter(isAnswer) : []) {
          const path = text(project.arn) ?? reader.arn('codebuild', `project/${text(project.name) ?? ''}`)
          reader.outlet.config(project, reader.place(path))
        }
      },
    )
  },
}
