/** The ways in which people write credentials down: each takes a made-up pair and gives a file that holds it. */
import { gzipSync } from 'node:zlib'
import { zip } from './archives-build.ts'
import { type PlantedPair, type Random, randomText } from './generate.ts'

export interface Carrier {
  name: string
  /** The content of the file. `text` is some harmless text, another each time. */
  plant(pair: PlantedPair, random: Random): string | Uint8Array
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const hexOf = (text: string) => Buffer.from(text).toString('hex')
const wrapped = (text: string, width: number, end = '\n') =>
  (base64(text).match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join(end)
const ini = ({ id, secret }: PlantedPair) =>
  `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\nregion = eu-central-1\n`
/** As `base64gzip` of Terraform writes it. */
const packed = (text: string) => gzipSync(text).toString('base64')
const escaped = (text: string, write: (code: number) => string) =>
  [...text].map((character) => write(character.charCodeAt(0))).join('')
const octal = (code: number) => `\\${code.toString(8).padStart(3, '0')}`
const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0')
const xml = (text: string) => text.replace(/&/g, '&amp;').replace(/"/g, '&quot;')
const utf16 = (text: string, order: 'le' | 'be', mark: boolean) => {
  const bytes = Buffer.from((mark ? '\ufeff' : '') + text, 'utf16le')
  return order === 'le' ? bytes : bytes.swap16()
}
/** Cuts a text in two, not at its ends. */
const cut = (text: string, random: Random, least = 4): [string, string] => {
  const at = least + Math.floor(random() * (text.length - 2 * least + 1))
  return [text.slice(0, at), text.slice(at)]
}
/** Words, names and numbers, as code and prose have them. */
const noise = (random: Random, lines: number) => {
  const words = 'import export const value of the bucket region handler Config client return await list users'.split(
    ' ',
  )
  const line = () =>
    Array.from({ length: 4 + Math.floor(random() * 8) }, () => words[Math.floor(random() * words.length)]).join(' ')
  return `${Array.from({ length: lines }, line).join('\n')}\n`
}

export const CARRIERS: readonly Carrier[] = [
  {
    name: 'Python source',
    plant: ({ id, secret }, r) =>
      `${noise(r, 30)}client = boto3.client('s3', aws_access_key_id='${id}', aws_secret_access_key='${secret}')\n${noise(r, 30)}`,
  },
  {
    name: 'Java source',
    plant: ({ id, secret }, r) =>
      `${noise(r, 5)}    new BasicAWSCredentials(\n        "${id}",\n        "${secret}");\n`,
  },
  {
    name: 'JavaScript source',
    plant: ({ id, secret }) =>
      `AWS.config.update({ accessKeyId: "${id}", secretAccessKey: "${secret}", region: 'eu-west-1' })\n`,
  },
  {
    name: 'Go source',
    plant: ({ id, secret }) => `creds := credentials.NewStaticCredentials("${id}", "${secret}", "")\n`,
  },
  {
    name: 'PHP source',
    plant: ({ id, secret }) =>
      `<?php\n$s3 = new S3Client(['credentials' => ['key' => '${id}', 'secret' => '${secret}']]);\n`,
  },
  {
    name: 'Ruby source',
    plant: ({ id, secret }) => `Aws.config.update(credentials: Aws::Credentials.new('${id}', '${secret}'))\n`,
  },
  {
    name: 'C# source',
    plant: ({ id, secret }) => `var creds = new BasicAWSCredentials(accessKey: "${id}", secretKey: @"${secret}");\n`,
  },
  {
    name: 'renamed variables',
    plant: ({ id, secret }, r) => `${noise(r, 3)}USER_A = "${id}"\n\nVALUE_B = "${secret}"\n${noise(r, 3)}`,
  },
  { name: '.env', plant: ({ id, secret }) => `DEBUG=1\nAWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}\n` },
  {
    name: '.env, secret first',
    plant: ({ id, secret }) => `AWS_SECRET_ACCESS_KEY='${secret}'\nAWS_ACCESS_KEY_ID='${id}'\n`,
  },
  { name: 'INI', plant: ini },
  { name: 'INI with CRLF', plant: (pair) => ini(pair).replaceAll('\n', '\r\n') },
  { name: 'JSON', plant: ({ id, secret }) => JSON.stringify({ AccessKeyId: id, SecretAccessKey: secret }) },
  {
    name: 'JSON, indented',
    plant: ({ id, secret }) =>
      JSON.stringify(
        {
          AccessKey: {
            UserName: 'ci',
            AccessKeyId: id,
            Status: 'Active',
            SecretAccessKey: secret,
            CreateDate: '2026-01-01T00:00:00Z',
          },
        },
        null,
        4,
      ),
  },
  {
    name: 'JSON with escaped slashes',
    plant: ({ id, secret }) => `{"key":"${id}","secret":"${secret.replaceAll('/', '\\/')}"}`,
  },
  { name: 'JSON in JSON', plant: (pair) => JSON.stringify({ body: JSON.stringify({ text: ini(pair) }) }) },
  { name: 'YAML', plant: ({ id, secret }) => `aws:\n  access_key: ${id}\n  secret_key: ${secret}\n` },
  {
    name: 'TOML',
    plant: ({ id, secret }) => `[storage.s3]\naccess-key-id = "${id}"\nsecret-access-key = "${secret}"\n`,
  },
  {
    name: 'HCL',
    plant: ({ id, secret }) =>
      `provider "aws" {\n  region     = "eu-west-1"\n  access_key = "${id}"\n  secret_key = "${secret}"\n}\n`,
  },
  {
    name: 'properties',
    plant: ({ id, secret }) => `cloud.aws.credentials.access-key=${id}\ncloud.aws.credentials.secret-key=${secret}\n`,
  },
  {
    name: 'properties, escaped',
    plant: ({ id, secret }) =>
      `accessKey=${id}\nsecretKey=${secret.replaceAll('/', '\\/').replaceAll('+', '\\u002B')}\n`,
  },
  {
    name: 'XML elements',
    plant: ({ id, secret }) =>
      `<Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey></Credentials>`,
  },
  {
    name: 'XML properties',
    plant: ({ id, secret }) =>
      `<property>\n  <name>fs.s3a.access.key</name>\n  <value>${id}</value>\n</property>\n<property>\n  <name>fs.s3a.secret.key</name>\n  <value>${secret}</value>\n</property>\n`,
  },
  {
    name: 'property list',
    plant: ({ id, secret }) =>
      `<dict>\n\t<key>AccessKey</key>\n\t<string>${id}</string>\n\t<key>SecretKey</key>\n\t<string>${secret}</string>\n</dict>\n`,
  },
  { name: 'console CSV', plant: ({ id, secret }) => `Access key ID,Secret access key\r\n${id},${secret}\r\n` },
  {
    name: 'console CSV with user',
    plant: ({ id, secret }) =>
      `\ufeffUser name,Password,Access key ID,Secret access key,Console login link\nci,,${id},${secret},https://123456789012.signin.aws.amazon.com/console\n`,
  },
  { name: 'CSV without header', plant: ({ id, secret }) => `build;${id};${secret};eu-west-1\n` },
  { name: 'ID and secret on two bare lines', plant: ({ id, secret }) => `${id}\n${secret}\n` },
  { name: 'ID:SECRET', plant: ({ id, secret }) => `${id}:${secret}` },
  { name: 'ID/SECRET', plant: ({ id, secret }) => `login ${id}/${secret}\n` },
  {
    name: 'URL with credentials',
    plant: ({ id, secret }) => `s3://${id}:${secret.replaceAll('/', '%2F').replaceAll('+', '%2B')}@bucket/prefix\n`,
  },
  {
    name: 'shell history',
    plant: ({ id, secret }, r) =>
      `ls -la\nexport AWS_ACCESS_KEY_ID=${id}\nexport AWS_SECRET_ACCESS_KEY=${secret}\n${noise(r, 2)}`,
  },
  {
    name: 'shell history, aws configure set',
    plant: ({ id, secret }) =>
      `: 1700000000:0;aws configure set aws_access_key_id ${id}\n: 1700000009:0;aws configure set aws_secret_access_key ${secret}\n`,
  },
  { name: 'shell history, flags', plant: ({ id, secret }) => `s3cmd --access_key=${id} --secret_key=${secret} ls\n` },
  {
    name: 'shell history, environment before a command',
    plant: ({ id, secret }) => `AWS_ACCESS_KEY_ID=${id} AWS_SECRET_ACCESS_KEY=${secret} terraform apply\n`,
  },
  {
    name: 'PowerShell',
    plant: ({ id, secret }) => `Set-AWSCredential -AccessKey ${id} -SecretKey ${secret} -StoreAs default\n`,
  },
  {
    name: 'cmd.exe',
    plant: ({ id, secret }) => `set AWS_ACCESS_KEY_ID=${id}\r\nset AWS_SECRET_ACCESS_KEY=${secret}\r\n`,
  },
  {
    name: 'notebook source',
    plant: ({ id, secret }) =>
      JSON.stringify(
        { cells: [{ cell_type: 'code', source: [`KEY = "${id}"\n`, `SECRET = "${secret}"\n`] }] },
        null,
        1,
      ),
  },
  {
    name: 'notebook output',
    plant: (pair) =>
      JSON.stringify({ cells: [{ cell_type: 'code', outputs: [{ text: ini(pair).split(/(?<=\n)/) }] }] }, null, 1),
  },
  {
    name: 'Terraform state',
    plant: ({ id, secret }) =>
      JSON.stringify(
        {
          version: 4,
          resources: [
            {
              mode: 'managed',
              type: 'aws_iam_access_key',
              instances: [
                {
                  attributes: {
                    create_date: '2026-01-01T00:00:00Z',
                    encrypted_secret: null,
                    encrypted_ses_smtp_password_v4: null,
                    id,
                    key_fingerprint: null,
                    pgp_key: null,
                    secret,
                    ses_smtp_password_v4: 'BExampleValue',
                    status: 'Active',
                    user: 'ci',
                  },
                },
              ],
            },
          ],
        },
        null,
        2,
      ),
  },
  {
    name: 'Terraform plan',
    plant: ({ id, secret }) =>
      `{"planned_values":{"root_module":{"resources":[{"address":"aws_lambda_function.f","values":{"environment":[{"variables":{"AWS_KEY":"${id}","AWS_SECRET":"${secret}"}}]}}]}}}`,
  },
  {
    name: 'Kubernetes secret',
    plant: ({ id, secret }) =>
      `apiVersion: v1\nkind: Secret\ndata:\n  AWS_ACCESS_KEY_ID: ${base64(id)}\n  AWS_SECRET_ACCESS_KEY: ${base64(secret)}\n`,
  },
  {
    name: 'Kubernetes secret with line ends',
    plant: ({ id, secret }) => `kind: Secret\ndata:\n  id: ${base64(`${id}\n`)}\n  secret: ${base64(`${secret}\n`)}\n`,
  },
  {
    name: 'Kubernetes secret, whole file',
    plant: (pair) => `kind: Secret\ndata:\n  credentials: ${base64(ini(pair))}\n`,
  },
  {
    name: 'Kubernetes environment',
    plant: ({ id, secret }) =>
      `env:\n- name: AWS_ACCESS_KEY_ID\n  value: "${id}"\n- name: AWS_SECRET_ACCESS_KEY\n  value: "${secret}"\n`,
  },
  {
    name: 'ECS task definition',
    plant: ({ id, secret }) =>
      JSON.stringify(
        {
          containerDefinitions: [
            {
              environment: [
                { name: 'AWS_ACCESS_KEY_ID', value: id },
                { name: 'AWS_SECRET_ACCESS_KEY', value: secret },
              ],
            },
          ],
        },
        null,
        2,
      ),
  },
  {
    name: 'docker-compose',
    plant: ({ id, secret }) =>
      `services:\n  web:\n    environment:\n      - AWS_ACCESS_KEY_ID=${id}\n      - AWS_SECRET_ACCESS_KEY=${secret}\n`,
  },
  {
    name: 'Dockerfile',
    plant: ({ id, secret }) => `FROM debian\nENV AWS_ACCESS_KEY_ID=${id} \\\n    AWS_SECRET_ACCESS_KEY=${secret}\n`,
  },
  {
    name: 'CI configuration',
    plant: ({ id, secret }) =>
      `jobs:\n  deploy:\n    env:\n      AWS_ACCESS_KEY_ID: ${id}\n      AWS_SECRET_ACCESS_KEY: '${secret}'\n`,
  },
  {
    name: 'SQL',
    plant: ({ id, secret }) =>
      `COPY t FROM 's3://b/p' CREDENTIALS 'aws_access_key_id=${id};aws_secret_access_key=${secret}';\n`,
  },
  {
    name: 'log line with colours',
    plant: ({ id, secret }) => `\x1b[32mINFO\x1b[0m key \x1b[1m${id}\x1b[0m secret \x1b[1m${secret}\x1b[0m\n`,
  },
  { name: 'base64 of an INI', plant: (pair, r) => `${noise(r, 3)}data: ${base64(ini(pair))}\n` },
  {
    name: 'base64 of an INI, wrapped at 76',
    plant: (pair, r) => `${noise(r, 3)}\n${wrapped(noise(r, 2) + ini(pair), 76)}\n`,
  },
  {
    name: 'base64 of an INI, wrapped at 64 with CRLF',
    plant: (pair, r) => `${wrapped(noise(r, 2) + ini(pair), 64, '\r\n')}\r\n`,
  },
  {
    name: 'base64 of an INI, wrapped at 60, as by Ruby',
    plant: (pair, r) => `${wrapped(noise(r, 2) + ini(pair), 60)}\n`,
  },
  {
    name: 'base64 of an INI, wrapped at 72',
    plant: (pair, r) => `${wrapped(noise(r, 2) + ini(pair), 72)}\n`,
  },
  {
    name: 'base64 of an INI, wrapped and indented',
    plant: (pair, r) => `content: |\n    ${wrapped(noise(r, 2) + ini(pair), 60, '\n    ')}\n`,
  },
  {
    name: 'base64 of an INI, wrapped, in JSON',
    plant: (pair, r) => JSON.stringify({ content: wrapped(noise(r, 2) + ini(pair), 60) }),
  },
  {
    name: 'base64 of an INI, wrapped, in JSON in JSON',
    plant: (pair, r) => JSON.stringify({ body: JSON.stringify({ content: wrapped(noise(r, 2) + ini(pair), 60) }) }),
  },
  {
    name: 'base64 of base64 in a Kubernetes secret',
    plant: (pair) => `kind: Secret\ndata:\n  config: ${base64(base64(ini(pair)))}\n`,
  },
  {
    name: 'base64 of UTF-16 (PowerShell -EncodedCommand)',
    plant: (pair) => `powershell -EncodedCommand ${Buffer.from(ini(pair), 'utf16le').toString('base64')}\n`,
  },
  {
    name: 'a deleted row in a page of a database',
    plant: ({ id, secret }) => `\0\x06\x04\x01=]\x05${id}${secret}\x1f\x05\x04`,
  },
  {
    name: 'bytea in a dump of PostgreSQL',
    plant: (pair) => `COPY public.files (id, content) FROM stdin;\n1\t\\\\x${hexOf(ini(pair))}\n\\.\n`,
  },
  {
    name: 'blob in a dump of MySQL',
    plant: (pair) => `INSERT INTO \`files\` VALUES (1,0x${hexOf(ini(pair)).toUpperCase()},'x');\n`,
  },
  {
    name: 'hexadecimal, a digit before it',
    plant: (pair) => `blob: f${hexOf(ini(pair))}\n`,
  },
  {
    name: 'cloud-init file, gz+b64',
    plant: (pair) =>
      `write_files:\n  - path: /root/.aws/credentials\n    encoding: gz+b64\n    content: ${packed(ini(pair))}\n`,
  },
  {
    name: 'gzip in base64, wrapped and indented, after a long text',
    plant: (pair, r) =>
      `user_data_base64 = <<EOT\n  ${packed(noise(r, 400) + ini(pair)).replace(/.{76}/g, '$&\n  ')}\nEOT\n`,
  },
  {
    name: 'gzip in base64, lines as JSON writes them',
    plant: (pair, r) => `{"data": "${packed(noise(r, 3) + ini(pair)).replace(/.{76}/g, '$&\\n')}"}`,
  },
  {
    name: 'Helm release in its Secret',
    plant: (pair, r) =>
      `kind: Secret\ndata:\n  release: ${base64(packed(JSON.stringify({ config: { env: { AWS_ACCESS_KEY_ID: pair.id, AWS_SECRET_ACCESS_KEY: pair.secret } }, manifest: noise(r, 40) })))}\n`,
  },
  {
    name: 'percent, form',
    plant: ({ id, secret }) => `${new URLSearchParams({ aws_access_key_id: id, aws_secret_access_key: secret })}`,
  },
  { name: 'percent, whole file', plant: (pair) => `body=${encodeURIComponent(ini(pair))}` },
  { name: 'percent, every character', plant: (pair) => `q=${escaped(ini(pair), (code) => `%${hex(code, 2)}`)}` },
  {
    name: 'octal, every character',
    plant: ({ id, secret }) => `key = "${escaped(id, octal)}"\nsecret = "${escaped(secret, octal)}"\n`,
  },
  {
    name: 'quoted-printable, wrapped anywhere',
    plant: (pair, random) => {
      const text = ini(pair).replaceAll('=', '=3D').replaceAll('\n', '\r\n')
      const at = text.indexOf(pair.id) + 6 + Math.floor(random() * 10)
      const later = text.indexOf(pair.secret) + 4 + Math.floor(random() * 30)
      return `${text.slice(0, at)}=\r\n${text.slice(at, later)}=\r\n${text.slice(later)}`
    },
  },
  {
    name: '\\u, every character',
    plant: ({ id, secret }) =>
      `key = "${escaped(id, (code) => `\\u${hex(code, 4)}`)}"\nsecret = "${escaped(secret, (code) => `\\u${hex(code, 4)}`)}"\n`,
  },
  {
    name: '\\x, every character',
    plant: ({ id, secret }) =>
      `char k[] = "${escaped(id, (code) => `\\x${hex(code, 2)}`)}";\nchar secret[] = "${escaped(secret, (code) => `\\x${hex(code, 2)}`)}";\n`,
  },
  {
    name: 'JSON with \\u of signs',
    plant: ({ id, secret }) =>
      `{"text":"id=${id}\\u0026secret=${secret.replaceAll('+', '\\u002b').replaceAll('/', '\\u002F')}"}`,
  },
  {
    name: 'HTML entities around',
    plant: ({ id, secret }) =>
      `<p>aws_access_key_id=&quot;${id}&quot;&#10;aws_secret_access_key=&quot;${secret.replaceAll('/', '&#x2F;').replaceAll('+', '&#43;')}&quot;</p>`,
  },
  {
    name: 'HTML entities, every character',
    plant: (pair) => `<pre>${escaped(ini(pair), (code) => `&#${code};`)}</pre>`,
  },
  {
    name: 'HTML entities, every character, hexadecimal',
    plant: (pair) => `<pre>${escaped(ini(pair), (code) => `&#x${hex(code, 2)};`)}</pre>`,
  },
  {
    name: 'XML attribute',
    plant: ({ id, secret }) =>
      `<add key="AWSSecretKey" value="${xml(secret)}"/>\n<add key="AWSAccessKey" value="${id}"/>\n`,
  },
  { name: 'UTF-16LE with mark', plant: (pair) => utf16(ini(pair), 'le', true) },
  { name: 'UTF-16BE with mark', plant: (pair) => utf16(ini(pair), 'be', true) },
  { name: 'UTF-16LE without mark', plant: (pair) => utf16(ini(pair), 'le', false) },
  {
    name: 'UTF-16LE in a binary',
    plant: ({ id, secret }, r) =>
      Buffer.concat([randomBytes(r, 3001), Buffer.from(`\0${id}\0${secret}\0`, 'utf16le'), randomBytes(r, 3000)]),
  },
  {
    name: 'strings in a binary',
    plant: ({ id, secret }, r) =>
      Buffer.concat([randomBytes(r, 3001), Buffer.from(`\0${id}\0${secret}\0`), randomBytes(r, 3000)]),
  },
  {
    name: 'between the texts of a program',
    plant: ({ id, secret }) =>
      program(`parse errormaxheaders${id}floating point errorGC sweep termination\0${secret}\0`),
  },
  {
    name: 'between the texts of a program for Windows',
    plant: ({ id, secret }, r) => {
      const bytes = Buffer.from(program(`embedfollowsymlinks${id}GetAdaptersAddresses\0${secret}\0${noise(r, 9)}`))
      bytes.write('MZ', 0)
      bytes.writeUInt32LE(128, 60)
      bytes.write('PE\0\0', 128)
      return bytes
    },
  },
  {
    name: 'between the texts of Hermes bytecode',
    plant: ({ id, secret }) =>
      binary(`\xc6\x1f\xbc\x03\xc1\x03\x19\x1f\x60${'\0'.repeat(119)}maxheaders${id}a long text\0${secret}\0`),
  },
  ...[
    { name: "between the texts of Unity's programs", magic: '\xaf\x1b\xb1\xfa' },
    { name: "between the texts of Dart's kernel", magic: '\x90\xab\xcd\xef' },
  ].map(({ name, magic }) => ({
    name,
    plant: ({ id, secret }: PlantedPair) =>
      binary(`${magic}\x18${'\0'.repeat(99)}https://example.orgregion${id}${secret}eu-west-1`),
  })),
  {
    name: 'texts that Ruby has marshalled',
    plant: ({ id, secret }) => binary(`\x04\x08{\x07:\x06aI"\x19${id}\x06:\x06ET:\x06bI"-${secret}\x06;\x06T`),
  },
  {
    name: 'before a number in a program of Go',
    plant: ({ id, secret }) => program(`maxheaders${id}37252902984619140625floating point\0${secret}\0`),
  },
  {
    name: 'pickle of Python 2',
    plant: ({ id, secret }) =>
      binary(`\x80\x02}q\x00(X\x02\0\0\0idq\x01X\x14\0\0\0${id}q\x02X\x01\0\0\0sq\x03X(\0\0\0${secret}q\x04u.`),
  },
  {
    name: "pickle of Python's oldest protocol",
    plant: ({ id, secret }) =>
      `(dp0\nVaws_access_key_id\np1\nV${id}\np2\nsVaws_secret_access_key\np3\nV${secret}\np4\ns.`,
  },
  {
    name: "pickle of Python's oldest protocol, without names",
    plant: ({ id, secret }) => `(lp0\n(Vbuild\np1\nV${id}\np2\nV${secret}\np3\ntp4\na.`,
  },
  {
    name: 'serialized objects of Java',
    plant: ({ id, secret }) =>
      binary(`\xac\xed\0\x05sr\0\x11java.util.HashMapxpw\x08t\0\x02idt\0\x14${id}t\0\x01st\0(${secret}x`),
  },
  {
    name: 'protocol buffers, fields whose numbers are letters',
    plant: ({ id, secret }) => binary(`B\x14${id}J(${secret}R\x09us-east-1`),
  },
  {
    name: 'Avro',
    plant: ({ id, secret }, r) =>
      Buffer.concat([binary(`Obj\x01\x04\0\x02\xa8\x01(${id}P${secret}`), randomBytes(r, 16)]),
  },
  {
    name: 'Avro, before a sign of names',
    plant: ({ id, secret }) => binary(`Obj\x01\x04\0\x02\xa8\x01(${id}P${secret}_\x01`),
  },
  {
    name: 'CBOR',
    plant: ({ id, secret }) => binary(`\xa2iaccessKeyt${id}isecretKeyx(${secret}`),
  },
  {
    name: 'row of a table of PostgreSQL',
    plant: ({ id, secret }) => table(`\x09bob+${id}S${secret}\x15some note\xe2\x02`),
  },
  {
    name: 'row of a table of PostgreSQL, before a text of many letters, and without the beginning of the table',
    plant: ({ id, secret }) => binary(`\0\x02\x08\x18\0+${id}S${secret}aA text behind it`),
  },
  {
    name: 'row of a table of PostgreSQL, a number between',
    plant: ({ id, secret }) => table(`+${id}\0\0\x07\0\0\0S${secret}\x0dZebra\0`),
  },
  {
    name: 'JSON in a table of PostgreSQL',
    plant: ({ id, secret }) => table(`(\0\0\0regionaccessKeyIdsecretAccessKeyeu-west-1${id}${secret}\0\0`),
  },
  {
    name: 'row of a table of InnoDB',
    plant: ({ id, secret }, r) => {
      const page = Buffer.alloc(400)
      // its checksum
      page.writeUInt32BE(0x9c31a7f2, 0)
      page.writeUInt16BE(8, 24)
      page.writeUInt32BE(7, 34)
      page.writeUInt32BE(7, 38)
      return Buffer.concat([page, binary(`bob${id}${secret}${noise(r, 2)}`)])
    },
  },
  {
    name: 'texts of WebAssembly',
    plant: ({ id, secret }) => binary(`\0asm\x01${'\0'.repeat(80)}src/main.rsinvalid${id}${secret}called on None`),
  },
  {
    name: 'colours of grep',
    plant: ({ id, secret }) =>
      `AWS_ACCESS_KEY_ID=\x1b[01;31m\x1b[K${id}\x1b[m\x1b[K\nAWS_SECRET_ACCESS_KEY=\x1b[01;31m\x1b[K${secret}\x1b[m\x1b[K\n`,
  },
  {
    name: 'document with a secret in several runs',
    plant: ({ id, secret }, r) => {
      const [a, b] = cut(secret, r)
      return `<w:p><w:r><w:t>${id}</w:t></w:r></w:p><w:p><w:r><w:t>${a}</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">${b}</w:t></w:r></w:p>`
    },
  },
  {
    name: 'document of LibreOffice with a secret in several spans',
    plant: ({ id, secret }, r) => {
      const [a, b] = cut(secret, r)
      return `<text:p text:style-name="P1">Key ${id}</text:p><text:p text:style-name="P1">Secret ${a}<text:span text:style-name="T1">${b}</text:span></text:p>`
    },
  },
  {
    name: 'cells of a sheet, a secret in several runs',
    plant: ({ id, secret }, r) => {
      const [a, b] = cut(secret, r)
      return `<si><t>${id}</t></si><si><r><t>${a}</t></r><r><rPr><b/><sz val="11"/><family val="2"/></rPr><t xml:space="preserve">${b}</t></r></si>`
    },
  },
  { name: 'patch of two bare lines', plant: ({ id, secret }) => `@@ -0,0 +1,2 @@\n+${id}\n+${secret}\n` },
  {
    name: 'words that a comparison sets off',
    plant: ({ id, secret }) => `key={+${id}+}\nsecret={+${secret}+}\n`,
  },
  {
    name: 'zip in base64',
    plant: (pair) =>
      `{"Code":{"ZipFile":"${zip([
        { name: 'a', data: 'nothing' },
        { name: '.env', data: ini(pair) },
      ]).toString('base64')}"}}`,
  },
  {
    name: 'zip attached to a mail',
    plant: (pair) =>
      `Content-Transfer-Encoding: base64\n\n${(
        zip([{ name: 'k', data: ini(pair) }])
          .toString('base64')
          .match(/.{1,76}/g) ?? []
      ).join('\r\n')}\r\n--x\n`,
  },
  {
    name: 'gzip in base64url',
    plant: (pair, r) => `{"d":"${gzipSync(randomBytes(r, 300).toString('hex') + ini(pair)).toString('base64url')}"}`,
  },
  { name: 'split with +', plant: ({ id, secret }, r) => splitIn(id, secret, r, (a, b) => `"${a}" + "${b}"`) },
  {
    name: 'split with + over lines',
    plant: ({ id, secret }, r) => splitIn(id, secret, r, (a, b) => `"${a}" +\n    "${b}"`),
  },
  { name: 'split with . (PHP)', plant: ({ id, secret }, r) => splitIn(id, secret, r, (a, b) => `'${a}' . '${b}'`) },
  {
    name: 'split, side by side (Python, C)',
    plant: ({ id, secret }, r) => splitIn(id, secret, r, (a, b) => `("${a}"\n     "${b}")`),
  },
  {
    name: 'split with join',
    plant: ({ id, secret }, r) => splitIn(id, secret, r, (a, b) => `["${a}", "${b}"].join("")`),
  },
  {
    name: 'line continuation, shell',
    plant: ({ id, secret }, r) => splitIn(id, secret, r, (a, b) => `"${a}\\\n${b}"`),
  },
  {
    name: 'line continuation, properties',
    plant: ({ id, secret }, r) => splitIn(id, secret, r, (a, b) => `${a}\\\n    ${b}`),
  },
  {
    name: 'split within the prefix, without a name',
    plant: ({ id, secret }, r) => {
      const at = 1 + Math.floor(r() * 3)
      return `login("${id.slice(0, at)}" + "${id.slice(at)}", "${secret}")\n`
    },
  },
]

function splitIn(id: string, secret: string, random: Random, write: (a: string, b: string) => string): string {
  return `key_id = ${write(...cut(id, random))}\nsecret = ${write(...cut(secret, random, 8))}\n`
}

function randomBytes(random: Random, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0; i < length; i++) bytes[i] = Math.floor(random() * 256)
  return bytes
}

const binary = (text: string) => Buffer.from(text, 'latin1')
/** As a table of PostgreSQL begins. */
const table = (text: string) => {
  const page = Buffer.alloc(400)
  for (const [i, place] of [0x90, 0x13d0, 0x2000, 0x2004].entries()) page.writeUInt16LE(place, 12 + 2 * i)
  return Buffer.concat([page, binary(text)])
}
/** As ELF begins. */
const program = (text: string) => binary(`\x7fELF\x02\x01\x01${'\0'.repeat(200)}${text}`)

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BASE64 = `${LETTERS}0123456789+/`
const HEX = '0123456789abcdef'

/** What looks like a credential and is none: nothing plausible may be found in it. */
export const LOOK_ALIKES: readonly { name: string; write(random: Random): string | Uint8Array }[] = [
  { name: '19 characters', write: (r) => `id = "AKIA${randomText(r, BASE32, 15)}"` },
  { name: '21 characters', write: (r) => `id = "AKIA${randomText(r, BASE32, 17)}"` },
  {
    name: 'digits 0 1 8 9',
    write: (r) => `id = "AKIA${randomText(r, BASE32, 8)}${randomText(r, '0189', 1)}${randomText(r, BASE32, 7)}"`,
  },
  { name: 'small letters', write: (r) => `id = "akia${randomText(r, BASE32, 16).toLowerCase()}"` },
  {
    name: 'inside a word',
    write: (r) => `id = "X_AKIA${randomText(r, BASE32, 16)}" + NOT_AKIA${randomText(r, BASE32, 16)}_ID`,
  },
  {
    name: 'between words of a text',
    write: (r) => `maxheadersAKIAQ${randomText(r, BASE32, 15)}floating point`,
  },
  {
    name: 'base32 in a program',
    write: (r) =>
      program(
        `\0${randomText(r, BASE32, 30)}AKIAQ${randomText(r, BASE32, 30)}\0x_FAKIAQ${randomText(r, BASE32, 20)}\0`,
      ),
  },
  {
    name: 'base64 in a program',
    write: (r) =>
      program(`\0${randomText(r, BASE64, 100)}aAKIAQ${randomText(r, BASE32, 15)}b${randomText(r, BASE64, 99)}\0`),
  },
  {
    name: 'name in capitals in a program',
    write: (r) => program(`\0FORMAT_AKIAQ${randomText(r, LETTERS.slice(0, 26), 15)}_TYPE\0`),
  },
  {
    name: 'ID of an old kind between the texts of a program',
    write: (r) => program(`maxheadersAKIAI${randomText(r, BASE32, 15)}floating`),
  },
  {
    name: 'length before something else',
    write: (r) => binary(`\x15AKIA${randomText(r, BASE32, 16)}Z \x12(${randomText(r, HEX, 64)} aws secret`),
  },
  {
    name: 'letter before what is no value of a pickle',
    write: (r) =>
      `VAKIAQ${randomText(r, BASE32, 15)}\nnext secret V${randomText(r, BASE64, 40)}\nVAKIAQ${randomText(r, BASE32, 15)} p1\nV${randomText(r, BASE64, 39)}\np2\n`,
  },
  {
    name: 'texts in a table of PostgreSQL',
    write: (r) =>
      table(
        `+AKIAQ${randomText(r, BASE32, 12)}9S${randomText(r, BASE64, 40)}\x15${randomText(r, BASE32, 30)}AKIAQ${randomText(r, BASE32, 30)} secretS${randomText(r, HEX, 40)}\0x${randomText(r, BASE64, 100)}aAKIAQ${randomText(r, BASE32, 15)}b${randomText(r, BASE64, 99)}\0`,
      ),
  },
  {
    name: 'words in spans, and hashes in cells',
    write: (r) =>
      `<text:p>aws secret<text:span text:style-name="T1">${randomText(r, HEX, 20)}</text:span><text:span text:style-name="T2">${randomText(r, HEX, 20)}</text:span></text:p><si><r><t>${randomText(r, HEX, 20)}</t></r><r><t>${randomText(r, HEX, 20)}</t></r></si>`,
  },
  {
    name: 'base32 in Hermes bytecode',
    write: (r) =>
      binary(
        `\xc6\x1f\xbc\x03\xc1\x03\x19\x1f${'\0'.repeat(120)}${randomText(r, BASE32, 30)}AKIAQ${randomText(r, BASE32, 30)}`,
      ),
  },
  {
    name: 'line of a patch, pluses around a hash',
    write: (r) => `+AKIAQ${randomText(r, BASE32, 14)}\n+${randomText(r, HEX, 40)}\n{+${randomText(r, HEX, 40)}+}\n`,
  },
  {
    name: 'zip in base64 of nothing',
    write: (r) => `secret: ${zip([{ name: 'a', data: noise(r, 20) }]).toString('base64')}`,
  },
  { name: 'damaged zip in base64', write: (r) => `aws_secret: UEsDBBQAAAAI${randomText(r, BASE64, 400)}` },
  { name: 'SHA-1', write: (r) => `commit ${randomText(r, HEX, 40)}\nsecret: ${randomText(r, HEX, 40)}` },
  { name: 'git object names', write: (r) => `${randomText(r, HEX, 40)} ${randomText(r, HEX, 40)} secret/aws/file.txt` },
  {
    name: 'lock file',
    write: (r) =>
      `"aws-secret": {\n  "resolved": "https://registry/x.tgz",\n  "integrity": "sha512-${randomText(r, BASE64, 86)}=="\n}`,
  },
  { name: 'lock file, SHA-1', write: (r) => `"integrity": "sha1-${randomText(r, BASE64, 27)}=", "aws": true` },
  { name: 'base64 image', write: (r) => `aws secret <img src="data:image/png;base64,${randomText(r, BASE64, 40)}">` },
  {
    name: 'long base64 image',
    write: (r) => `.secret{background:url(data:image/png;base64,${randomText(r, BASE64, 4000)}==)}`,
  },
  { name: 'gzip in base64 of nothing', write: (r) => `secret: ${packed(noise(r, 20))}` },
  { name: 'damaged gzip in base64', write: (r) => `aws_secret: H4sIAAAAAAAA${randomText(r, BASE64, 400)}` },
  {
    name: 'wrapped base64, last line of 40',
    write: (r) => `${randomText(r, BASE64, 76)}\n${randomText(r, BASE64, 76)}\n${randomText(r, BASE64, 40)}\n`,
  },
  {
    name: 'PEM',
    write: (r) =>
      `-----BEGIN CERTIFICATE-----\n${Array.from({ length: 20 }, () => randomText(r, BASE64, 64)).join('\n')}\n-----END CERTIFICATE-----\nsecret`,
  },
  { name: 'DNA', write: (r) => `>AKIA secret\n${randomText(r, 'ACGT', 4000)}` },
  { name: 'amino acids', write: (r) => `>sp|P00001\n${randomText(r, 'ACDEFGHIKLMNPQRSTVWY', 3000)}` },
  {
    name: 'path',
    write: (r) => `secret = /usr/local/share/applications/${randomText(r, LETTERS.slice(26), 6)}/config\naws`,
  },
  { name: 'path of 40 characters', write: () => 'aws secret: home/Users/builder/projects/service/data' },
  { name: 'identifiers', write: () => 'getSecret(awsSecretAccessKeyFromEnvironmentVariable2)' },
  {
    name: 'secret key of another service',
    write: (r) => `{"client_secret":"${randomText(r, BASE64.slice(0, 62), 40)}","issuer":"https://login.example.org"}`,
  },
  {
    name: 'Django secret key',
    write: (r) => `SECRET_KEY = 'django-insecure-${randomText(r, `${HEX}()*&^%$#@!`, 50)}'\n`,
  },
  {
    name: 'ARN',
    write: (r) =>
      `arn:aws:iam::${randomText(r, '0123456789', 12)}:role/secret-reader\narn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-${randomText(r, LETTERS, 6)}`,
  },
  { name: 'role ID', write: (r) => `"RoleId": "AROA${randomText(r, BASE32, 17)}", "secret": true` },
  {
    name: 'user ID',
    write: (r) => `AIDA${randomText(r, BASE32, 17)} AGPA${randomText(r, BASE32, 17)} ANPA${randomText(r, BASE32, 17)}`,
  },
  {
    name: 'documentation example',
    write: () =>
      `aws_access_key_id = AKIA${'IOSFODNN7'}EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/${'K7MDENG'}/bPxRfiCYEXAMPLEKEY\n`,
  },
  {
    name: 'documentation example, other',
    write: () => `AccessKeyId=AKIA${'I44QH8DHB'}EXAMPLE SecretAccessKey=je7MtGbClwBF/2Zp9Utk/${'h3yCo8nvb'}EXAMPLEKEY`,
  },
  {
    name: 'placeholder ID',
    write: () => `AKIA${'X'.repeat(16)} ASIA${'A'.repeat(16)} AKIA${'YOURACCESSKEYIDX'} AKIA${'ABCDEFGHIJKLMNOP'}`,
  },
  {
    name: 'placeholder secret',
    write: () =>
      `AWS_SECRET_ACCESS_KEY=${'x'.repeat(40)}\naws_secret_access_key: "<your secret access key goes here please>"`,
  },
  {
    name: 'ID in base64 between slashes',
    write: (r) =>
      `"blob": "${randomText(r, BASE64, 90)}/AKIA${randomText(r, BASE32, 16)}/${randomText(r, BASE64, 90)}="`,
  },
  {
    name: 'presigned URL',
    write: (r) =>
      `https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA${'Q'}${randomText(r, BASE32.slice(0, 24), 15)}%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=${randomText(r, HEX, 64)}`,
  },
  {
    name: 'presigned URL, older',
    write: (r) =>
      `https://b.s3.amazonaws.com/k?AWSAccessKeyId=AKIAI${randomText(r, BASE32, 15)}&Expires=1700000000&Signature=${randomText(r, BASE64.slice(0, 62), 27)}%3D`,
  },
  {
    name: 'Authorization header',
    write: (r) =>
      `Authorization: AWS4-HMAC-SHA256 Credential=AKIAI${randomText(r, BASE32, 15)}/20260101/us-east-1/iam/aws4_request, SignedHeaders=host;x-amz-date, Signature=${randomText(r, HEX, 64)}`,
  },
  {
    name: 'CloudTrail record',
    write: (r) =>
      `{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDA${randomText(r, BASE32, 17)}","accessKeyId":"AKIAI${randomText(r, BASE32, 15)}"},"eventTime":"2026-01-01T00:00:00Z","eventSource":"s3.amazonaws.com"}`,
  },
  {
    name: 'list of keys',
    write: (r) =>
      `{"AccessKeyMetadata":[{"UserName":"ci","AccessKeyId":"AKIAI${randomText(r, BASE32, 15)}","Status":"Active","CreateDate":"2026-01-01T00:00:00Z"}]}`,
  },
  { name: 'random bytes', write: (r) => randomBytes(r, 20_000) },
  { name: 'random base64', write: (r) => `secret ${randomText(r, BASE64, 20_000)}` },
  {
    name: 'UUIDs',
    write: (r) =>
      `secret_id = "${randomText(r, HEX, 8)}-${randomText(r, HEX, 4)}-4${randomText(r, HEX, 3)}-a${randomText(r, HEX, 3)}-${randomText(r, HEX, 12)}" # aws`,
  },
  {
    name: 'minified script',
    write: (r) =>
      `!function(e){var t="secret",n=${randomText(r, LETTERS, 3)};return aws.secret(t)}(${randomText(r, LETTERS, 2)});//# sourceMappingURL=${randomText(r, LETTERS, 12)}.js.map`,
  },
]
