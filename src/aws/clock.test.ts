import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { awsClock } from './clock.ts'
import { openSession } from './session.ts'

const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::111122223333:user/ana</Arn><UserId>AIDAEXAMPLE</UserId><Account>111122223333</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`

const SKEWED = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>SignatureDoesNotMatch</Code><Message>Signature expired</Message></Error></ErrorResponse>`

/** `20261129T120000Z` */
const signedAt = (date: unknown) =>
  Date.parse(String(date).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))

it.each<[string, number, number, boolean?]>([
  ['four minutes ahead', 240_000, 240_000],
  ['behind', -120_000, -120_000],
  ['right but for a second', 1_000, 0],
  ['a day off, which is no answer of AWS', 86_400_000, 0],
  ['an hour ahead, for which it refuses the first signature', 3_600_000, 3_600_000, true],
  ['an hour behind, for which it refuses the first signature', -3_600_000, -3_600_000, true],
])('an AWS whose clock is %s', async (_, off, wanted, refuses = false) => {
  const server = createServer((request, response) => {
    const theirs = Date.now() + off
    const isLate = refuses && Math.abs(signedAt(request.headers['x-amz-date']) - theirs) > 300_000
    response.writeHead(isLate ? 403 : 200, { 'content-type': 'text/xml', date: new Date(theirs).toUTCString() })
    response.end(isLate ? SKEWED : IDENTITY)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const session = await openSession({
    endpointUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x'.repeat(40) },
    userAgent: 'keyreeve-test/0',
    maxAttempts: refuses ? 3 : 1,
  })
  const now = await awsClock(session, 'sts')
  expect(Math.abs(now().getTime() - Date.now())).toBeLessThan(1_000)
  await session.call('sts', 'GetCallerIdentity', {})
  expect(Math.abs(now().getTime() - Date.now() - wanted)).toBeLessThan(2_000)
  session.close()
  server.close()
})
