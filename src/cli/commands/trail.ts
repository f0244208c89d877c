import { Command } from 'commander'
import { trailDdlCommand } from './trail-ddl.ts'
import { trailDetectCommand } from './trail-detect.ts'

export function trailCommand(): Command {
  return new Command('trail')
    .summary('who uses each key, for what, and what looks wrong')
    .description('Answers questions from CloudTrail.')
    .addCommand(trailDetectCommand())
    .addCommand(trailDdlCommand())
}
