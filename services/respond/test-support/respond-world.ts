import { writeKnowledge } from '@straylight/events/knowledge-log'
import type { LogBatch, LogRecord, NewRecord } from '@straylight/runtime/log/log'
import { Alert } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import { Policy } from '@straylight/schemas/policy'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import type { RevocationResult } from '@straylight/schemas/revocation-result'
import { topics } from '@straylight/schemas/topics'
import type { Verdict } from '@straylight/schemas/verdict'
import { VerdictOutcome } from '@straylight/schemas/verdict-outcome'
import { commandInToken } from '../src/command/sent-commands.ts'
import { type Keys, type Signer, temporaryKeys } from '../src/command/signing-keys.ts'
import { createRespond, type Respond } from '../src/create-respond.ts'
import type { RespondOptions } from '../src/respond-options.ts'
import { signVerdict } from '../src/verdict/verdict-token.ts'
import { startMs } from './finding-of.ts'
import { knowledgeOf } from './knowledge-of.ts'
import { createMemoryLog, type MemoryLog } from './memory-log.ts'
import { resultOf } from './result-of.ts'

const inputs = [topics.findings.name, topics.results.name, topics.verdicts.name]

/** Where a turn of the loop dies: nothing written, a part of each topic written, or all written and not committed. */
export type Crash = { at: 'before' | 'after' } | { at: 'within'; commands: number; alerts: number; outcomes?: number }

/** respond in a loop of its own, with a clock that stands still, and a way to kill it anywhere. */
export interface RespondWorld {
  readonly log: MemoryLog
  now: number
  respond(): Respond
  say(finding: Finding): Promise<void>
  /** Names what the log holds now, as a person sees it, unless the verdict says otherwise. */
  judge(verdict: Partial<Verdict> & { alert_id: string; answer: Verdict['answer'] }): Promise<void>
  answer(command: RevocationCommand, code: RevocationResult['status_code']): Promise<void>
  /** Runs until all input is committed. `crash` is asked before each append of output. */
  run(options?: { batch?: number; crash?: () => Crash | null }): Promise<void>
  /** A new process. */
  restart(): void
  alerts(): Alert[]
  /** What became of verdicts, in order, repeats included. */
  outcomes(): VerdictOutcome[]
  /** Commands in the topic, in order, repeats included. */
  commands(): { command: RevocationCommand; record: LogRecord }[]
}

export interface WorldOptions {
  readonly policy?: object
  readonly options?: Partial<RespondOptions>
  readonly keys?: Keys
  /** Agents that the knowledge version of the findings knows. */
  readonly agents?: number
  readonly issuer?: Signer
  /** The policy lists its issuers itself. */
  readonly keepsIssuers?: true
}

export async function createRespondWorld(given: WorldOptions = {}): Promise<RespondWorld> {
  const keys = given.keys ?? (await temporaryKeys())
  const issuer = given.issuer ?? (await temporaryKeys()).commands
  const policy = Policy.parse({
    ...(given.policy ?? {}),
    ...(given.keepsIssuers === true
      ? {}
      : { issuers: [{ name: 'soc', public_key: issuer.publicKey.x, roles: ['analyst', 'approver'] }] }),
  })
  const log = createMemoryLog(() => world.now)
  await writeKnowledge(log, knowledgeOf(given.agents ?? 40))
  const committed = new Map<string, number>()
  let verdictsGiven = 0
  let current: Respond | null = null

  const start = (): Respond => {
    const now = () => world.now
    const fixed = { log, policy, keys, issuer: '/straylight/test', now, deliver: null, health: () => null }
    return createRespond({ ...fixed, ...given.options })
  }
  const world: RespondWorld = {
    log,
    now: startMs,
    respond: () => {
      current ??= start()
      return current
    },
    restart: () => {
      current = null
    },
    say: (finding) => log.append([{ topic: topics.findings.name, key: finding.id, value: JSON.stringify(finding) }]),
    judge: async (verdict) => {
      const rest = { tenant: 'acme', reason: 'looked at it', issuer: 'soc', role: 'approver', time: world.now } as const
      const seen = world.alerts().find(({ id }) => id === verdict.alert_id)
      const binding = { alert_revision: seen?.revision, command_id: seen?.command?.id }
      const whole: Verdict = { id: `vdt_${verdictsGiven++}`, ...rest, ...binding, ...verdict }
      await log.append([{ topic: topics.verdicts.name, key: whole.alert_id, value: await signVerdict(whole, issuer) }])
    },
    answer: async (command, code) => {
      const value = JSON.stringify(resultOf(command, code, world.now))
      await log.append([{ topic: topics.results.name, key: command.id, value }])
    },
    run: async ({ batch = 100, crash = () => null } = {}) => {
      while ((await turn(world, { committed, batch, crash })) === 'more');
    },
    alerts: () => alertsIn(log),
    outcomes: () =>
      log.records(topics.verdictResults.name).map(({ value }) => VerdictOutcome.parse(JSON.parse(value.toString()))),
    commands: () => log.records(topics.revocations.name).map(commandIn),
  }
  return world
}

/** One round of the loop as `runStage` makes it: poll, process, append, commit, then what is due by time. */
async function turn(
  world: RespondWorld,
  options: { committed: Map<string, number>; batch: number; crash: () => Crash | null },
): Promise<'done' | 'more'> {
  const { committed, batch, crash } = options
  const respond = world.respond()
  const places = inputs.map((topic) => ({ topic, partition: 0, offset: committed.get(topic) ?? 0 }))
  await respond.assigned?.(places)
  const batches: LogBatch[] = places.flatMap(({ topic, partition, offset }) => {
    const records = world.log.records(topic).slice(offset, offset + batch)
    return records.length === 0 ? [] : [{ topic, partition, records, lag: 0 }]
  })
  if (batches.length > 0) {
    const output = await respond.process(batches)
    if (!(await lives(world, output, crash))) return 'more'
    for (const { topic, records } of batches) committed.set(topic, (committed.get(topic) ?? 0) + records.length)
    await respond.committed?.()
  }
  const due = (await respond.due?.(world.now)) ?? []
  if (!(await lives(world, due, crash))) return 'more'
  return batches.length > 0 ? 'more' : 'done'
}

/** Appends the output, or as much of it as the crash lets through; false when the process is dead. */
async function lives(world: RespondWorld, output: readonly NewRecord[], crash: () => Crash | null): Promise<boolean> {
  const death = output.length > 0 ? crash() : null
  if (death === null || death.at === 'after') await world.log.append(output)
  if (death?.at === 'within') {
    await world.log.append(firstOf(output, topics.revocations.name, death.commands))
    await world.log.append(firstOf(output, topics.alerts.name, death.alerts))
    await world.log.append(firstOf(output, topics.verdictResults.name, death.outcomes ?? 0))
  }
  if (death !== null) world.restart()
  return death === null
}

function firstOf(output: readonly NewRecord[], topic: string, share: number): NewRecord[] {
  const own = output.filter((record) => record.topic === topic)
  return own.slice(0, Math.floor(own.length * share))
}

function alertsIn(log: MemoryLog): Alert[] {
  const latest = new Map<string, Alert>()
  for (const record of log.records(topics.alerts.name)) {
    const alert = Alert.parse(JSON.parse(record.value.toString()))
    if ((latest.get(alert.id)?.revision ?? 0) < alert.revision) latest.set(alert.id, alert)
  }
  return [...latest.values()].sort((one, other) => one.id.localeCompare(other.id))
}

function commandIn(record: LogRecord): { command: RevocationCommand; record: LogRecord } {
  const command = commandInToken(record.value.toString())
  if (command === null) throw new Error(`no command at offset ${record.offset} of ${record.topic}`)
  return { command, record }
}
