/**
 * Secrets do turn up in CloudTrail: AWS hides passwords in `requestParameters`, but not what users put into the
 * environment of a task or the arguments of a job. They are taken out on the way in, so that the store never has them.
 */

export const REMOVED = '[secret removed]'

/**
 * Names of parameters whose values are secrets, whatever they look like. Names only end so: `tokenId`, `secretName`,
 * `passwordLastUsed` and `nextToken` hold none, and are needed.
 */
const SECRET_NAMES = [
  '[A-Za-z_-]*[Pp]ass(?:word|phrase|wd)',
  '[A-Za-z_-]*PASS(?:WORD|WD)?',
  '[Ss]ecret(?:String|Binary|Key|AccessKey|_access_key|_key)?',
  '[A-Za-z_-]*[a-z_-]Secret(?:Key|AccessKey|String)?',
  '[A-Za-z_-]*SECRET(?:_ACCESS)?(?:_KEY)?',
  '[A-Za-z_-]*(?:[aA]uth|[aA]ccess|[sS]ession|[oO]Auth|[sS]ecurity|[rR]efresh|[iI]d|[bB]earer|[wW]ebIdentity)[_-]?[tT]oken',
  '[A-Za-z_-]*TOKEN',
  '[A-Za-z_-]*[Pp]rivate[_-]?[Kk]ey(?:Pem|Material|Plaintext)?',
  '[A-Za-z_-]*[Aa]pi[_-]?[Kk]ey(?:Value)?',
  '[A-Za-z_-]*API_?KEY',
  '[Cc]redentials?',
  '[sS]AMLAssertion',
  '[uU]serData',
  '[cC]onnectionString',
  'plaintext|Plaintext',
].join('|')

const STRING = '"(?:[^"\\\\]|\\\\.)*"'
/** `"password": "..."`, or a number. */
const NAMED = `("(?:${SECRET_NAMES})"\\s*:\\s*)(?:${STRING}|-?[0-9][0-9.eE+-]*)`
/** `{"name": "DB_URL", "value": "..."}`: environments of tasks, builds and jobs, whatever the names. */
const PAIRED = `("[nN]ame"\\s*:\\s*${STRING}\\s*,\\s*(?:"type"\\s*:\\s*${STRING}\\s*,\\s*)?"[vV]alue"\\s*:\\s*)${STRING}`
/** `"environment": { "A": "..." }`, flat; a text may have braces in it. */
const MAPPED = `("(?:environment|environmentVariables|variables|Variables|defaultArguments|arguments|stageVariables)"\\s*:\\s*)\\{(?:[^{}"]|${STRING})*\\}`
/** Of these only the environments are paired: a filter of DescribeInstances is name and value too. */
const HAS_ENVIRONMENT = '"[eE]nvironment|"[vV]ariables"|[aA]rguments"'
/** URLs with a password, and AWS's own tokens and keys by their fixed beginnings. */
const SHAPES = '(://[^/:@"\\s]+:)[^/@"\\s]+(@)'
const TOKENS =
  '(?:FwoG|IQoJ|FQoG|FQoD|ABSK|eyJ)[A-Za-z0-9+/=_.-]{60,}|-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^"\\\\]|\\\\.)*'

/** What all of the above have in common, quick to look for. */
const SUSPECT =
  '(?i)passw|passphrase|secret|token|private_?-?key|api_?-?key|credential|samlassertion|userdata|connectionstring|plaintext|environment|variables"|arguments"|://[^/:@"\\s]+:[^/@"\\s]+@|FwoG|IQoJ|FQo[GD]|ABSK|eyJ|-----BEGIN'

/**
 * The expression, a JSON text or plain text, without secrets, in DuckDB's SQL. `checked` is what becomes of a text that
 * was changed.
 */
export function withoutSecrets(expression: string, checked = (clean: string) => clean): string {
  const quote = (pattern: string) => `'${pattern.replaceAll("'", "''")}'`
  const replaced = (inner: string, pattern: string, by: string) =>
    `regexp_replace(${inner}, ${quote(pattern)}, ${quote(by)}, 'g')`
  const inEnvironment = replaced(replaced(expression, PAIRED, `\\1"${REMOVED}"`), MAPPED, '\\1{}')
  const environment = `CASE WHEN regexp_matches(${expression}, ${quote(HAS_ENVIRONMENT)}) THEN ${inEnvironment} ELSE ${expression} END`
  const named = replaced(environment, NAMED, `\\1"${REMOVED}"`)
  const clean = replaced(replaced(named, SHAPES, `\\1${REMOVED}\\2`), TOKENS, REMOVED)
  return `CASE WHEN regexp_matches(${expression}, ${quote(SUSPECT)}) THEN ${checked(clean)} ELSE ${expression} END`
}

/** The same shapes, in a text that only JavaScript sees: a user agent. */
export function textWithoutSecrets(text: string): string {
  return text
    .replace(new RegExp(SHAPES, 'g'), `$1${REMOVED}$2`)
    .replace(new RegExp(TOKENS, 'g'), REMOVED)
    .replace(/\b((?:password|secret|token|api[_-]?key)[=:]\s*)\S+/gi, `$1${REMOVED}`)
}
