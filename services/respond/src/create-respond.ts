import type { LogBatch, LogRecord, NewRecord, TopicPartition } from '@straylight/runtime/log/log'
import type { Stage } from '@straylight/runtime/process/stage'
import { SetAsides } from '@straylight/runtime/set-aside/set-asides'
import type { Alert } from '@straylight/schemas/alert'
import { topics } from '@straylight/schemas/topics'
import { newTurn, recordsOf, type TurnContext } from './alert/apply-change.ts'
import { applyRecord } from './apply-record.ts'
import { createAgentPopulation, type PopulationIndex } from './decide/agent-population.ts'
import { decidePostponed } from './decide/decide-postponed.ts'
import { applyDueTime, sendUnsent } from './decide/due-time.ts'
import { surroundingsOf } from './decide/taking.ts'
import { createDeliveryQueue } from './deliver/delivery-queue.ts'
import { applyDeliveries, startDeliveries } from './deliver/move-deliveries.ts'
import { createDeliveryTeller } from './deliver/tell-deliveries.ts'
import { type WebhookBacklog, webhookBacklogs } from './deliver/webhook-backlog.ts'
import { type RespondMemory, recoverMemory } from './journal/recover-memory.ts'
import { createRespondCounts, type RespondCounts } from './respond-counts.ts'
import type { RespondOptions } from './respond-options.ts'
import { releaseApproved } from './verdict/release-approved.ts'

/** The stage that answers. */
export interface Respond extends Stage {
  alert(id: string): Alert | undefined
  alerts(): Iterable<Alert>
  readonly counts: RespondCounts
  /** What each webhook of the policy has not taken yet; none where another instance is the active one. */
  backlogs(): WebhookBacklog[]
}

/** A turn writes each alert once, so that a long one costs little a finding; and what it decides goes out when it ends, within a second. */
const batchRecordsMax = 1_000

const inputs = [topics.findings.name, topics.verdicts.name, topics.results.name] as const

/**
 * Turns findings, verdicts and brokers' answers into alerts, commands and deliveries. One instance is active: it holds
 * the one partition of each input. Everything it knows is a fold of its own topics, so it can die anywhere.
 */
export function createRespond(options: RespondOptions): Respond {
  const { log, policy, keys, now, deliver } = options
  const queue = deliver === null ? null : createDeliveryQueue(deliver)
  const counts = createRespondCounts()
  const population = createAgentPopulation(log)
  const tell = createDeliveryTeller(options)
  const asides = new SetAsides('respond', options.onFault)
  /** Nothing is changed before it is decided, so a record on which deciding fails has changed nothing. */
  const applyOrSetAside = async (context: TurnContext, record: LogRecord) => {
    const failed = failureOf(population)
    try {
      options.faults?.onRecord?.(record)
      await applyRecord({ options, context, counts, population: failed.watched, asides }, record)
    } catch (error) {
      // The log could not be asked: that is no fault of the record.
      if (failed.with(error)) throw error
      asides.fault(record, error)
    }
  }
  const held = new Set<string>()
  let memory: RespondMemory | null = null

  const contextOf = (known: RespondMemory): TurnContext => ({
    memory: known,
    turn: newTurn(known),
    policy,
    delivers: queue !== null,
    now,
  })
  const backlogs = () => webhookBacklogs(memory?.alertIndex.values() ?? [], policy.webhooks)
  return {
    name: 'respond',
    topics: inputs,
    batchRecordsMax,
    counts,
    alert: (id) => memory?.alertIndex.get(id),
    alerts: () => memory?.alertIndex.values() ?? [],
    backlogs,
    assigned: async (partitions) => {
      for (const { topic } of partitions) held.add(topic)
      if (held.size === inputs.length) {
        memory ??= await recoverMemory(log, policy, { publicKey: keys.commands.publicKey, now: now() })
      }
    },
    revoked: async (partitions) => {
      forget(held, partitions)
      memory = null
      tell({ backlogs: backlogs(), memory, now: now() })
    },
    process: async (batches) => {
      if (memory === null) throw splitGroup(held)
      const context = contextOf(memory)
      // First what a crash kept back: commands stand in the topic in the order they were decided.
      sendUnsent(context, counts)
      // What a turn that failed had set aside comes again with its records.
      asides.take()
      for (const record of inLogOrder(batches)) await applyOrSetAside(context, record)
      showBreakers(options, memory)
      return [...(await recordsOf(context, keys.commands)), ...asides.take()]
    },
    due: async (nowMs): Promise<readonly NewRecord[]> => {
      if (memory === null) return []
      population.ahead.look()
      const context = contextOf(memory)
      // What stands in memory now was acknowledged by the log; what follows below was not.
      const settled = queue === null ? none : new Set([...memory.alertIndex.values()].filter(hasDeliveries))
      applyDueTime(context, nowMs, counts)
      releaseApproved(context, nowMs, counts)
      decidePostponed(context, surroundingsOf({ options, context }), nowMs, counts)
      if (queue !== null) {
        applyDeliveries(context, queue, nowMs, options)
        startDeliveries(context, queue, nowMs, settled)
        tell({ backlogs: backlogs(), memory, now: nowMs })
      }
      return recordsOf(context, keys.commands)
    },
    close: async () => {
      await population.ahead.settled()
      await queue?.close()
    },
  }
}

/** The population, watched for what asking the log fails with. */
function failureOf(population: PopulationIndex): { watched: PopulationIndex; with(error: unknown): boolean } {
  const failures = new Set<unknown>()
  const of: PopulationIndex['of'] = (tenant, version) =>
    population.of(tenant, version).catch((error: unknown) => {
      failures.add(error)
      throw error
    })
  return { watched: { ...population, of }, with: (error) => failures.has(error) }
}

const none: ReadonlySet<Alert> = new Set()
const hasDeliveries = ({ deliveries }: Alert): boolean => deliveries.length > 0

function forget(held: Set<string>, partitions: readonly TopicPartition[]): void {
  for (const { topic } of partitions) held.delete(topic)
}

function splitGroup(held: ReadonlySet<string>): Error {
  const missing = inputs.filter((topic) => !held.has(topic))
  return new Error(
    `respond holds ${[...held].join(', ') || 'no topic'} but not ${missing.join(', ')}: one instance must hold all three, since it decides in one order. The group's assignment must give them to one member.`,
  )
}

/**
 * All records of a poll by log time, so that a verdict is not taken before the findings it came after. Within a
 * partition the log's order stands, whatever its timestamps say.
 */
function inLogOrder(batches: readonly LogBatch[]): LogRecord[] {
  const reached = new Map<string, number>()
  const timed = batches.flatMap(({ topic, partition, records }) =>
    records.map((record) => {
      const place = `${topic}/${partition}`
      const time = Math.max(record.timestamp, reached.get(place) ?? 0)
      reached.set(place, time)
      return { record, time }
    }),
  )
  return timed.sort((one, other) => one.time - other.time).map(({ record }) => record)
}

function showBreakers({ metrics }: RespondOptions, { breakers }: RespondMemory): void {
  if (metrics === undefined) return
  const tripped = breakers.tripped()
  for (const breaker of ['commands_per_minute', 'agents_revoked_share_per_hour'] as const) {
    metrics.breakerOpen.set({ breaker }, tripped.includes(breaker) ? 1 : 0)
  }
}
