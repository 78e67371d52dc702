import { z } from 'zod'
import type { Asker } from './asker.ts'
import type { ConsoleGround } from './console-ground.ts'
import type { ConsoleHealth } from './contract/health.ts'
import type { AnswerTimes } from './questions/answer-times.ts'
import { question, waitingMax } from './questions/ask.ts'

const storedCounts = question(
  'counts of the store',
  `SELECT (SELECT count() FROM rejections WHERE log_time > now() - INTERVAL 7 DAY) AS rejections_7_days,
  (SELECT count() FROM set_aside WHERE stored_at > now() - INTERVAL 30 DAY) AS set_aside_30_days,
  (SELECT toUnixTimestamp64Milli(max(last_time)) FROM agent_sightings) AS newest_event_at, (SELECT count() FROM events) AS events`,
  z.object({
    rejections_7_days: z.number(),
    set_aside_30_days: z.number(),
    newest_event_at: z.number(),
    events: z.number(),
  }),
)

export async function pipelineCounts({ ask, held }: Pick<ConsoleGround, 'ask' | 'held'>) {
  const [row] = await held('counts of the store', () => ask(storedCounts, {}))
  const { rejections_7_days = 0, set_aside_30_days = 0, newest_event_at = 0, events = 0 } = row ?? {}
  return {
    rejections_7_days,
    set_aside_30_days,
    events,
    newest_event_at: newest_event_at === 0 ? null : newest_event_at,
  }
}

/** How the deployment itself is. Whoever is bound to a tenant sees no counts of others. */
export async function pipelineHealth(
  ground: ConsoleGround & { readonly answerTimes: AnswerTimes },
  asker: Asker,
): Promise<ConsoleHealth> {
  const knowledge = await ground.knowledge()
  const counts = await pipelineCounts(ground)
  const all = asker.tenant === null
  return {
    as_of: ground.now(),
    ...{ name: ground.name, version: ground.version, started_at: ground.startedAt },
    // Sentences may name agents of others.
    ...ground.health(),
    ...(all ? {} : { reasons: [], notes: [] }),
    knowledge:
      knowledge === null
        ? null
        : {
            version: knowledge.version,
            made_at: knowledge.made_at,
            learnt_until: knowledge.learnt_until,
            model: knowledge.model,
          },
    store: { kind: ground.storeKind, newest_event_at: counts.newest_event_at, events: all ? counts.events : 0 },
    log: ground.log.kind,
    rejections_7_days: all ? counts.rejections_7_days : 0,
    set_aside_30_days: all ? counts.set_aside_30_days : 0,
    questions: { waiting: ground.ask.waiting(), waiting_max: waitingMax, answer_ms_p95: ground.answerTimes.p95() },
  }
}
