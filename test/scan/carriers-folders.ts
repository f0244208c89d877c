/** Credentials that are written down in several files of a folder, and folders that look like it. */
import { type PlantedPair, type Random, randomText } from './generate.ts'

/** Paths and what is in them. */
export type Files = Record<string, string>

export const FOLDER_CARRIERS: readonly { name: string; plant(pair: PlantedPair): Files }[] = [
  {
    name: 'secrets of Docker',
    plant: ({ id, secret }) => ({
      'run/secrets/aws_access_key_id': `${id}\n`,
      'run/secrets/aws_secret_access_key': `${secret}\n`,
      'run/secrets/db_password': 'correct horse battery staple\n',
    }),
  },
  {
    name: 'secret of Kubernetes as a volume',
    plant: ({ id, secret }) => ({
      'mnt/aws/..2026_01_02_03_04_05.678/AWS_ACCESS_KEY_ID': id,
      'mnt/aws/..2026_01_02_03_04_05.678/AWS_SECRET_ACCESS_KEY': secret,
    }),
  },
  {
    name: 'text files',
    plant: ({ id, secret }) => ({ 'key-id.txt': `${id}\r\n`, 'secret-access-key.txt': `${secret}\r\n` }),
  },
  {
    name: 'a variable in each file',
    plant: ({ id, secret }) => ({
      'env/access.auto.tfvars': `aws_access_key = "${id}"\n`,
      'env/secret.auto.tfvars': `aws_secret_key = "${secret}"\n`,
    }),
  },
]

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const NAME = 'run/secrets/aws_secret_access_key'

/** Nothing plausible may be found in them. */
export const FOLDER_LOOK_ALIKES: readonly { name: string; write(random: Random): Files }[] = [
  { name: 'file of a secret with 39 characters', write: (r) => ({ [NAME]: randomText(r, BASE64, 39) }) },
  { name: 'file of a secret with 41 characters', write: (r) => ({ [NAME]: randomText(r, BASE64, 41) }) },
  { name: 'SHA-1 in a file of a secret', write: (r) => ({ [NAME]: `${randomText(r, '0123456789abcdef', 40)}\n` }) },
  { name: 'words in a file of a secret', write: () => ({ [NAME]: 'home/Users/builder/projects/service/data' }) },
  { name: 'file of 40 characters', write: (r) => ({ 'run/secrets/session_key': randomText(r, BASE64, 40) }) },
  {
    name: '40 characters in a folder of secrets',
    write: (r) => ({ 'aws_secret_access_key/checksum': randomText(r, BASE64, 40) }),
  },
]
