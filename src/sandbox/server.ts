/**
 * The HTTP server: finds the service, the operation and the caller of a request, lets the service answer, and records
 * the call. What comes in is hostile: whatever it is, the answer is an AWS error, never a crash.
 */
import { randomUUID } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { homeRegion } from '../model/partition.ts'
import { authenticate } from './authenticate.ts'
import { AwsError } from './aws-error.ts'
import {
  type Authorize,
  type Call,
  type Caller,
  callerArn,
  type Handler,
  type SandboxSettings,
  type Service,
} from './call.ts'
import { type CallLog, type CallRecord, identityOf, isReadOnly } from './call-log.ts'
import { Consistency } from './consistency.ts'
import { findDownload, isDownload } from './downloads.ts'
import type { FaultRule, Faults } from './faults.ts'
import { callerOfToken, issueToken, publishedKeys } from './identity-tokens.ts'
import { recordedMembers, recordedResources } from './recorded.ts'
import { SERVICES } from './services/index.ts'
import { isProblem, readScope, type SignedScope } from './signature.ts'
import { type KeyHolder, nowOf, touch, type World } from './state.ts'
import { CODECS } from './wire/codecs.ts'
import { targetOf } from './wire/json.ts'
import { modelOf, requiredMembers } from './wire/model.ts'
import type { Codec, CommonErrors, Operation, ServiceModel, Shape, WireRequest, WireResponse } from './wire/protocol.ts'
import { formOf } from './wire/query.ts'

export interface ServerOptions {
  world: World
  host: string
  port: number
  settings: SandboxSettings
  faults: Faults
  log: CallLog
  /** Decides by policies; without it every known caller may do everything. */
  authorize?: Authorize
  /** Bytes of a request's body. */
  maxBodyBytes: number
  /** Hears of every fault of the sandbox itself; the client hears only that there was one. */
  onFailure?: (error: unknown, action: string) => void
}

interface ServerState extends ServerOptions {
  consistency: Consistency
}

export interface Server {
  port: number
  setFaults(faults: Faults): void
  close(): Promise<void>
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const state = { ...options, consistency: new Consistency(options.world, options.settings.consistencyDelayMs) }
  const server = http.createServer({ keepAlive: true, keepAliveTimeout: 30_000 }, (request, response) => {
    // a request that breaks off lets go of its socket
    const { socket } = request
    // whoever hung up hears no answer
    response.on('error', () => socket.destroy())
    answer(state, request, response, socket).catch(() => socket.destroy())
  })
  server.on('clientError', refuseGarbage)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    setFaults: (faults) => {
      state.faults = faults
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) =>
          error && (error as NodeJS.ErrnoException).code !== 'ERR_SERVER_NOT_RUNNING' ? reject(error) : resolve(),
        )
        server.closeIdleConnections()
        // whoever is still being answered gets a moment
        setTimeout(() => server.closeAllConnections(), 500).unref()
      }),
  }
}

/** What is no HTTP at all. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

async function answer(
  state: ServerState,
  incoming: http.IncomingMessage,
  outgoing: http.ServerResponse,
  socket: Socket,
): Promise<void> {
  const requestId = randomUUID()
  const body = await readBody(incoming, state.maxBodyBytes)
  if (body === null) {
    outgoing.shouldKeepAlive = false
    const error = new AwsError('RequestEntityTooLarge', 'The request is larger than the sandbox takes', 413)
    send(outgoing, CODECS.awsQuery.encodeError(null, error, requestId))
    return
  }
  const request = wireRequest(incoming, body)
  if (request.method === 'GET' && request.path.startsWith(OWN_PATH)) {
    send(outgoing, await ownAnswer(state.world, request))
    return
  }
  if (isDownload(request)) {
    send(outgoing, downloadOf(state.world, request))
    return
  }
  const exchange = new Exchange(state, request, requestId, socket.remoteAddress ?? '127.0.0.1')
  const response = await exchange.run()
  switch (exchange.ending) {
    case 'cut':
      socket.destroy()
      return
    case 'truncate':
      truncate(outgoing, response)
      return
    default:
      send(outgoing, response)
  }
}

/** Beside AWS's operations: what an identity provider would give out, for scripts. */
const OWN_PATH = '/_sandbox/'

async function ownAnswer(world: World, { path, query }: WireRequest): Promise<WireResponse> {
  const json = (status: number, value: object): WireResponse => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  })
  const issuer = query.get('issuer')
  const subject = query.get('subject')
  switch (path.slice(OWN_PATH.length)) {
    case 'keys':
      return json(200, await publishedKeys())
    case 'identity-token':
      if (!issuer || !subject) return json(400, { message: 'issuer and subject are missing' })
      return json(200, {
        token: await issueToken(world, { issuer, subject, audience: query.get('audience') ?? undefined }),
      })
    default:
      return json(404, { message: 'there is nothing here' })
  }
}

/** The file behind a presigned address, or what S3 answers to one that is not good. */
function downloadOf(world: World, request: WireRequest): WireResponse {
  const found = findDownload(world, request)
  if (found) return { status: 200, headers: { 'content-type': found.contentType }, body: found.body }
  const body =
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'
  return { status: 403, headers: { 'content-type': 'application/xml' }, body }
}

/** The body, or null when it is too long; what is too long is read to its end, so that the answer is heard. */
async function readBody(incoming: http.IncomingMessage, limit: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit * 10) throw new Error('the body has no end')
    if (size <= limit) chunks.push(chunk)
  }
  return size > limit ? null : Buffer.concat(chunks)
}

function wireRequest(incoming: http.IncomingMessage, body: Buffer): WireRequest {
  const url = incoming.url ?? '/'
  const mark = url.indexOf('?')
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers))
    headers[name] = Array.isArray(value) ? value.join(',') : (value ?? '')
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers,
    body,
  }
}

function send(outgoing: http.ServerResponse, { status, headers, body }: WireResponse): void {
  const bytes = Buffer.from(body as Uint8Array)
  // an answer without a body says how long it would be
  outgoing.writeHead(status, { 'content-length': bytes.length, ...headers })
  outgoing.end(bytes)
}

/** Promises everything, sends half of it and hangs up. */
function truncate(outgoing: http.ServerResponse, { status, headers, body }: WireResponse): void {
  const bytes = Buffer.from(body as Uint8Array)
  outgoing.writeHead(status, { ...headers, 'content-length': bytes.length })
  outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => outgoing.socket?.destroy())
}

/** One request and what becomes of it. */
class Exchange {
  ending: 'send' | 'cut' | 'truncate' = 'send'
  readonly #state: ServerState
  readonly #request: WireRequest
  readonly #requestId: string
  readonly #sourceIp: string
  #service: Service | null = null
  #model: ServiceModel | null = null
  #caller: Caller | null = null
  #region: string
  #action = ''
  #accessKeyId: string | null = null
  #input: Shape = {}
  #output: Shape = {}

  constructor(state: ServerState, request: WireRequest, requestId: string, sourceIp: string) {
    this.#state = state
    this.#request = request
    this.#requestId = requestId
    this.#sourceIp = sourceIp.replace(/^::ffff:/, '')
    this.#region = homeRegion(state.world.partition)
  }

  async run(): Promise<WireResponse> {
    try {
      const response = await this.#answer()
      this.#record(null)
      return response
    } catch (error) {
      const known = this.#asAwsError(error)
      this.#record(known)
      return this.#codec.encodeError(this.#model, known, this.#requestId)
    }
  }

  get #codec(): Codec {
    return CODECS[this.#service?.model.protocol ?? guessProtocol(this.#request)]
  }

  async #answer(): Promise<WireResponse> {
    const world = this.#state.consistency.seen()
    const scope = readScope(this.#request)
    this.#service = findService(this.#request, isProblem(scope) ? null : scope)
    const service = this.#service
    if (!isProblem(scope)) {
      this.#accessKeyId = scope.accessKeyId
      this.#region = service?.global ? homeRegion(world.partition) : scope.region
    }
    const { model, handlers } = service ? await loaded(service) : { model: null, handlers: {} }
    this.#model = model
    this.#action = (model && this.#codec.operationName(model, this.#request)) ?? ''
    const operation = model?.operations.get(this.#action)
    this.#caller =
      operation && this.#action === 'AssumeRoleWithWebIdentity'
        ? await this.#authenticateByToken(world, operation)
        : await authenticate(world, this.#request, scope, this.#codec.commonErrors, service)
    if (!service || !model) throw common(this.#codec, 'unknownOperation', 'The sandbox does not have this service')
    const handler = Object.hasOwn(handlers, this.#action) ? handlers[this.#action] : undefined
    if (!operation || !handler) throw this.#unknownOperation(model, operation !== undefined)
    return this.#perform(world, service, model, operation, handler, this.#caller)
  }

  /** Whoever has an identity token has no key, and signs nothing. */
  async #authenticateByToken(world: World, operation: Operation): Promise<Caller> {
    const input = this.#codec.decode(operation, this.#request)
    checkRequired(operation, input, this.#codec.commonErrors)
    return callerOfToken(world, String(input.RoleArn), String(input.WebIdentityToken))
  }

  async #perform(
    world: World,
    service: Service,
    model: ServiceModel,
    operation: Operation,
    handler: Handler,
    caller: Caller,
  ): Promise<WireResponse> {
    const { consistency, faults, authorize } = this.#state
    const target = {
      service: service.name,
      action: operation.name,
      region: this.#region,
      accountId: caller.account.accountId,
    }
    const strike = faults.strike(target)
    if (strike.delayMs > 0) await sleep(strike.delayMs)
    if (strike.rule) this.#strikeBefore(strike.rule, service, caller)
    const input = this.#codec.decode(operation, this.#request)
    this.#input = input
    checkRequired(operation, input, this.#codec.commonErrors)
    service.validate?.(input)
    const call: Call = {
      world,
      account: caller.account,
      caller,
      region: this.#region,
      service: service.name,
      action: operation.name,
      now: nowOf(world),
      requestId: this.#requestId,
      sourceIp: this.#sourceIp,
      userAgent: this.#userAgent,
      origin: `http://${this.#request.headers.host}`,
      settings: this.#state.settings,
      log: this.#state.log,
    }
    const denial = authorize?.(call, service, input)
    if (denial !== null && denial !== undefined) throw common(this.#codec, 'accessDenied', denial)
    const output = !isChange(service.name, call.action)
      ? (handler(call, input as never) ?? {})
      : consistency.write(call, !STRONG.has(service.name), (written) => change(handler, written, input))
    this.#output = output as Shape
    const response = this.#codec.encode(model, operation, output as Shape, this.#requestId)
    if (strike.rule) this.#strikeAfter(strike.rule)
    return response
  }

  #strikeBefore(rule: FaultRule, service: Service, caller: Caller): void {
    const { commonErrors } = this.#codec
    if (rule.kind === 'deny')
      throw common(
        this.#codec,
        'accessDenied',
        `User: ${callerArn(caller)} is not authorized to perform: ${service.actionPrefix}:${this.#action} because no identity-based policy allows the ${service.actionPrefix}:${this.#action} action`,
      )
    if (rule.kind === 'throttle') {
      const [code, status] = service.errors?.throttled ?? commonErrors.throttled
      throw new AwsError(code, 'Rate exceeded', status)
    }
    if (rule.kind === 'conflict')
      throw new AwsError(
        service.name === 'iam' ? 'ConcurrentModification' : 'ConcurrentModificationException',
        'The target of the operation is currently being modified by a different request. Try again later.',
        service.name === 'iam' ? 409 : 400,
      )
    if (rule.when === 'after') return
    if (rule.kind === 'error')
      throw common(this.#codec, 'internal', 'The request processing has failed because of an unknown error')
    if (rule.kind === 'cut') {
      this.ending = 'cut'
      throw common(this.#codec, 'internal', 'cut')
    }
  }

  #strikeAfter(rule: FaultRule): void {
    if (rule.kind === 'cut') this.ending = 'cut'
    if (rule.kind === 'truncate') this.ending = 'truncate'
    if (rule.kind === 'error')
      throw common(this.#codec, 'internal', 'The request processing has failed because of an unknown error')
  }

  #unknownOperation(model: ServiceModel, known: boolean): AwsError {
    const message = known
      ? `The sandbox does not have the operation ${this.#action}`
      : `Could not find operation ${this.#action} for version ${model.version}`
    return common(this.#codec, 'unknownOperation', message)
  }

  /** Everything becomes an AWS error, in the codes of the protocol; what is a bug here says nothing to the outside. */
  #asAwsError(error: unknown): AwsError {
    if (!(error instanceof AwsError)) {
      this.#state.onFailure?.(error, `${this.#service?.name ?? 'unknown'}:${this.#action}`)
      return common(this.#codec, 'internal', 'The sandbox failed on this request')
    }
    if (error.code === 'MalformedInput' || error.code === 'SerializationException')
      return common(this.#codec, 'malformed', error.message)
    return error
  }

  get #userAgent(): string {
    return this.#request.headers['user-agent'] ?? ''
  }

  #record(error: AwsError | null): void {
    const { log, world } = this.#state
    const service = this.#service?.name ?? 'unknown'
    const readOnly = isReadOnly(this.#action)
    const holder = this.#accessKeyId === null ? undefined : world.accessKeys.get(this.#accessKeyId)
    // whose key was refused is told to the account that the key belongs to
    const caller = this.#caller ?? (holder && refusedCaller(holder))
    // a call that was refused is shown without what it asked for
    const isShown = !error || !REFUSALS.has(error.code)
    const record: CallRecord = {
      eventId: randomUUID(),
      time: nowOf(world),
      receivedAt: Date.now(),
      accountId: caller?.account.accountId ?? null,
      region: this.#region,
      service,
      action: this.#action,
      readOnly,
      accessKeyId: this.#accessKeyId,
      identity: caller ? identityOf(caller) : null,
      errorCode: error && codeInTrails(service, error.code),
      errorMessage: error?.message ?? null,
      requestParameters: isShown ? recordedMembers(service, this.#input) : null,
      responseElements: error || !isChange(service, this.#action) ? null : recordedMembers(service, this.#output),
      resources: recordedResources(world.partition, this.#input, error ? {} : this.#output),
      isDataEvent: isDataEvent(service, this.#action),
      isGlobal: this.#service?.global ?? false,
      sharedEventId: null,
      sourceIp: this.#sourceIp,
      userAgent: this.#userAgent,
      requestId: this.#requestId,
    }
    const other = error ? null : this.#otherAccount(record)
    if (other === null) log.add(record)
    else {
      const sharedEventId = randomUUID()
      log.add({ ...record, sharedEventId })
      log.add({ ...record, sharedEventId, eventId: randomUUID(), accountId: other })
    }
  }

  /** The account whose role was taken out of another account, which hears of it as well. */
  #otherAccount({ service, action, accountId }: CallRecord): string | null {
    if (service !== 'sts' || !action.startsWith('AssumeRole')) return null
    const owner = String(this.#input.RoleArn ?? '').split(':')[4]
    return owner && owner !== accountId && this.#state.world.accounts.has(owner) ? owner : null
  }
}

/** Services whose changes are seen at once. */
const STRONG = new Set(['athena', 's3', 'sts'])

/** Codes of calls that got nowhere. */
const REFUSALS = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'AuthFailure',
  'InvalidAccessKeyId',
])

/** EC2's errors are recorded as the client's or the server's. */
function codeInTrails(service: string, code: string): string {
  return service === 'ec2' ? `Client.${code}` : code
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html */
function isDataEvent(service: string, action: string): boolean {
  if (service === 'lambda') return action === 'Invoke'
  return service === 's3' && /Object/.test(action) && !/^(Get|Put)Object(Lock)?Configuration$/.test(action)
}

function refusedCaller({ account, user, key }: KeyHolder): Caller {
  return {
    account,
    accessKeyId: key.accessKeyId,
    principal: user ? { kind: 'user', user } : { kind: 'root' },
    session: null,
  }
}

/** Whether the world is another afterwards. CloudTrail calls new sessions a reading, and shows what was given out. */
function isChange(service: string, action: string): boolean {
  return !isReadOnly(action) || (service === 'sts' && /^Get(Session|Federation)Token$/.test(action))
}

/** A write that fails half-way has changed the world all the same. */
function change(handler: Handler, call: Call, input: Shape): object {
  try {
    return handler(call, input as never) ?? {}
  } finally {
    touch(call.world)
  }
}

function common(codec: Codec, kind: keyof CommonErrors, message: string): AwsError {
  const [code, status] = codec.commonErrors[kind]
  return new AwsError(code, message, status)
}

function checkRequired(operation: Operation, input: Shape, { missingMember }: CommonErrors): void {
  const missing = requiredMembers(operation.input).filter((name) => input[name] === undefined)
  if (missing.length === 0) return
  const [code, status] = missingMember
  if (code === 'MissingParameter')
    throw new AwsError(code, `The request must contain the parameter ${missing[0]}`, status)
  const details = missing.map((name) => {
    const member = name.charAt(0).toLowerCase() + name.slice(1)
    return `Value null at '${member}' failed to satisfy constraint: Member must not be null`
  })
  const count = `${missing.length} validation error${missing.length > 1 ? 's' : ''} detected`
  throw new AwsError(code, `${count}: ${details.join('; ')}`, status)
}

interface LoadedService {
  model: ServiceModel
  handlers: Record<string, Handler | undefined>
}

const loadedServices = new Map<Service, Promise<LoadedService>>()

function loaded(service: Service): Promise<LoadedService> {
  let promise = loadedServices.get(service)
  if (!promise) {
    promise = service.load().then(({ client, handlers }) => ({ model: modelOf(client, service.model), handlers }))
    loadedServices.set(service, promise)
  }
  return promise
}

/** By the signature's scope; where there is none or a strange one, by the target or the form's version. */
function findService(request: WireRequest, scope: SignedScope | null): Service | null {
  const byScope = SERVICES.find(({ name }) => name === scope?.service)
  if (byScope) return byScope
  const target = targetOf(request)
  if (target) return SERVICES.find(({ targetPrefixes }) => targetPrefixes.includes(target.prefix)) ?? null
  if (scope) return null
  const version = formOf(request).get('Version')
  return SERVICES.find(({ model }) => model.protocol.endsWith('Query') && model.version === version) ?? null
}

function guessProtocol(request: WireRequest): ServiceModel['protocol'] {
  if (targetOf(request)) return 'awsJson1_1'
  return request.headers['content-type']?.includes('json') ? 'restJson1' : 'awsQuery'
}
