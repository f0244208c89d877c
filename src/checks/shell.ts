export { shell } from '../model/shell.ts'
