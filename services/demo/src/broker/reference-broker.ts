import { createHash } from 'node:crypto'
import type { Consumer, Log, LogRecord, NewRecord } from '@straylight/runtime/log/log'
import { passes } from '@straylight/runtime/process/kill-point'
import { hourMs } from '@straylight/schemas/duration'
import { errorText } from '@straylight/schemas/error-text'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import { RevocationCommand } from '@straylight/schemas/revocation-command'
import type { RevocationResult } from '@straylight/schemas/revocation-result'
import { topics } from '@straylight/schemas/topics'
import { type CryptoKey, compactVerify, importJWK } from 'jose'
import { CredentialRegistry } from './credential-registry.ts'

/** A command and the answer it got; without a command, the record was not from a detector that this broker trusts. */
export interface BrokerAnswer {
  readonly command?: RevocationCommand
  readonly result: RevocationResult
}

/**
 * What a credential broker has to do to obey Straylight safely, in one page: verify the signature, the shape and the
 * expiry; do each command once; refuse what is wider than it says; answer.
 */
export interface ReferenceBroker {
  readonly registry: CredentialRegistry
  /** Answers given, oldest first, the last 10,000. */
  readonly answers: readonly BrokerAnswer[]
  isRevoked(tenant: string, credentialId: string): boolean
  onAnswer(listener: (answer: BrokerAnswer) => void): void
  /** Rejects when the log fails for good; a broken broker must not look like a quiet one. */
  readonly stopped: Promise<void>
  close(): Promise<void>
}

/** What became of a command, and until when that is remembered. */
export interface DoneCommand {
  readonly code: RevocationResult['status_code']
  readonly until: number
}

/** What became of commands, by id; written before a command is answered. A `Map` is one. */
export type BrokerMemory = Pick<Map<string, DoneCommand>, 'get' | 'set' | 'delete' | 'entries'>

export interface BrokerOptions {
  readonly log: Log
  /** Ed25519 public key of the detector (JWK `x`), as `straylight doctor` prints it. */
  readonly public_key: string
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number
  /** Commands done or refused before; what a real broker has in its database. Default: forgotten when the process ends. */
  readonly memory?: BrokerMemory
  /** How long an id is remembered past its command's expiry, when the log can no longer bring it again. */
  readonly rememberMs?: number
}

const answersMax = 10_000
/** The JWS `typ` of a command: a verdict or anything else under the same key is no command. */
const commandType = 'straylight-command+jws'

interface State {
  readonly key: CryptoKey | Uint8Array
  readonly registry: CredentialRegistry
  readonly now: () => number
  readonly rememberMs: number
  readonly answers: BrokerAnswer[]
  readonly listeners: ((answer: BrokerAnswer) => void)[]
  /** Commands answered, by id: their answer, and until when they are remembered. */
  readonly known: BrokerMemory
}

export async function startReferenceBroker(options: BrokerOptions): Promise<ReferenceBroker> {
  const { log, now, rememberMs = 24 * hourMs } = options
  const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: options.public_key }, 'EdDSA')
  const registry = new CredentialRegistry()
  const state: State = {
    key,
    registry,
    now,
    rememberMs,
    answers: [],
    listeners: [],
    known: options.memory ?? new Map(),
  }
  const consumer = await log.subscribe({ group: 'reference-broker', topics: [topics.revocations.name] })
  const closing = new AbortController()
  const stopped = consume(log, consumer, state, closing.signal)
  return {
    registry,
    answers: state.answers,
    isRevoked: (tenant, id) => registry.isRevoked(tenant, id),
    onAnswer: (listener) => void state.listeners.push(listener),
    stopped,
    async close() {
      closing.abort()
      await stopped
    },
  }
}

/** Answer, then commit: a crash in between brings the command again, and its id tells. */
async function consume(log: Log, consumer: Consumer, state: State, closing: AbortSignal): Promise<void> {
  while (!closing.aborted) {
    const { batches } = await consumer.poll({ recordsMax: 100, waitMs: 200 })
    for (const { topic, partition, records } of batches) {
      const answers: BrokerAnswer[] = []
      for (const record of records) answers.push(await answerTo(record, state))
      passes('after-effect-before-answer')
      await log.append(answers.map(toRecord))
      passes('after-answer-before-commit')
      const last = records.at(-1)
      if (last) await consumer.commit([{ topic, partition, offset: last.offset + 1 }])
      for (const answer of answers) publish(answer, state)
    }
  }
  await consumer.close()
}

function publish(answer: BrokerAnswer, state: State): void {
  state.answers.push(answer)
  if (state.answers.length > answersMax) state.answers.shift()
  for (const listener of state.listeners) listener(answer)
}

const toRecord = ({ command, result }: BrokerAnswer): NewRecord => ({
  topic: topics.results.name,
  key: command ? partitionKeyOf(command.subject.tenant_id, command.subject.agent_id) : result.command_uid,
  value: JSON.stringify(result),
})

async function answerTo(record: LogRecord, state: State): Promise<BrokerAnswer> {
  const command = await verified(record, state.key)
  if (typeof command === 'string') {
    // The id inside an unsigned body proves nothing: repeating it could end a real command's wait for its answer.
    const uid = `unverified:${record.partition}:${record.offset}`
    return { result: resultOf({ uid, tenant: '', code: 'bad_signature', message: command, time: state.now() }) }
  }
  const { code, message } = decide(command, state)
  const tenant = command.subject.tenant_id
  const result = resultOf({
    uid: command.id,
    tenant,
    code,
    message,
    time: state.now(),
    finding: command.evidence.finding_id,
  })
  return { command, result }
}

/** The command, or why the record is none. */
async function verified(record: LogRecord, key: CryptoKey | Uint8Array): Promise<RevocationCommand | string> {
  try {
    const jws = await compactVerify(record.value.toString('utf8'), key, { algorithms: ['EdDSA', 'Ed25519'] })
    const { payload, protectedHeader } = jws
    if (protectedHeader.typ !== commandType) return `typ is ${protectedHeader.typ}, expected ${commandType}`
    const command = RevocationCommand.safeParse(JSON.parse(new TextDecoder().decode(payload)))
    if (command.success) return command.data
    const [issue] = command.error.issues
    return `signed, but no command: ${issue?.path.join('.')}: ${issue?.message}`
  } catch (error) {
    return errorText(error)
  }
}

interface Decided {
  readonly code: RevocationResult['status_code']
  readonly message: string
}

function decide(command: RevocationCommand, state: State): Decided {
  const now = state.now()
  forget(state, now)
  const known = state.known.get(command.id)
  if (known?.code === 'applied') return { code: 'already_applied', message: 'done before; nothing done now' }
  if (known) return { code: known.code, message: 'refused before, and refused again' }
  const decided = decideNew(command, state.registry, now)
  state.known.set(command.id, { code: decided.code, until: Date.parse(command.not_after) + state.rememberMs })
  return decided
}

function decideNew(command: RevocationCommand, registry: CredentialRegistry, now: number): Decided {
  if (now > Date.parse(command.not_after))
    return { code: 'expired', message: `not to be obeyed after ${command.not_after}` }
  if (command.approval.required && command.approval.by === null) {
    return { code: 'precondition', message: 'needs an approval and names nobody who gave it' }
  }
  return registry.apply(command)
}

function forget(state: State, now: number): void {
  for (const [id, { until }] of state.known.entries()) if (now > until) state.known.delete(id)
}

interface ResultParts extends Decided {
  readonly uid: string
  readonly tenant: string
  readonly time: number
  readonly finding?: string
}

/** OCSF 1.8 Remediation Activity: 2 is Evict, 1 informational, 3 medium severity. */
function resultOf({ uid, tenant, code, message, time, finding }: ResultParts): RevocationResult {
  const success = code === 'applied' || code === 'already_applied' || code === 'dry_run'
  return {
    category_uid: 7,
    class_uid: 7001,
    activity_id: 2,
    type_uid: 700_102,
    time,
    severity_id: success ? 1 : 3,
    status_id: success ? 1 : 2,
    status: success ? 'Success' : 'Failure',
    status_code: code,
    command_uid: uid,
    message,
    metadata: {
      version: '1.8.0',
      uid: createHash('sha256').update(`${uid} ${code}`).digest('hex').slice(0, 32),
      tenant_uid: tenant,
      ...(finding === undefined ? {} : { correlation_uid: finding }),
      product: { vendor_name: 'Straylight', name: 'reference-broker' },
    },
  }
}
