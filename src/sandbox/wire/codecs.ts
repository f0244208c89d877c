import { jsonCodec } from './json.ts'
import type { Codec, ProtocolName } from './protocol.ts'
import { ec2Codec, queryCodec } from './query.ts'
import { restJsonCodec } from './rest-json.ts'
import { restXmlCodec } from './rest-xml.ts'

export const CODECS: Record<ProtocolName, Codec> = {
  awsQuery: queryCodec,
  ec2Query: ec2Codec,
  awsJson1_0: jsonCodec('1.0'),
  awsJson1_1: jsonCodec('1.1'),
  restJson1: restJsonCodec,
  restXml: restXmlCodec,
}
