import { dayOf } from '@straylight/models/profile/day-weight'
import type { Store } from '@straylight/runtime/store/store'
import type { Agent } from '@straylight/schemas/agent'
import { dayMs } from '@straylight/schemas/duration'
import type { Correction, Knowledge } from '@straylight/schemas/knowledge'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { Policy } from '@straylight/schemas/policy'
import type { RenamedAgent } from '@straylight/schemas/renamed-agent'
import { addUpAgents } from '../count/agent-totals.ts'
import type { HourCounter } from '../count/count-hours.ts'
import { hourOf } from '../count/event-row.ts'
import { correctionsDue } from '../verdicts/corrections.ts'
import { judgedSessions } from '../verdicts/judged-sessions.ts'
import { type MarkedEvents, markedEventsOf } from '../verdicts/marked-events.ts'
import { expireHeld, quarantineMs } from '../verdicts/quarantine.ts'
import { releaseRoleChanges } from '../verdicts/role-changes.ts'
import { sessionCorrectionsDue } from '../verdicts/session-corrections.ts'
import { suppressionsAt } from '../verdicts/suppressions.ts'
import { groupStoredAgents } from './agent-groups.ts'
import { budgetFeedback } from './budget-feedback.ts'
import { countedAgents } from './counted-agents.ts'
import { renamedAgents } from './renamed-agents.ts'
import { sharedLevels } from './shared-levels.ts'
import { tenantHistories } from './tenant-history.ts'

/** What a version is made of beside what the store holds. */
export interface KnowledgeSettings {
  readonly registry: readonly Agent[]
  readonly model: ModelArtifact
  /** Share of ordinary sessions that may alert. */
  readonly sessionAlertRate: number
  /** What false verdicts silence; the default policy's where it is not said. */
  readonly suppression?: Policy['suppression']
  /** The history after which an agent that no registry names counts for others; the default policy's where it is not said. */
  readonly historyRequired?: Policy['history_required']
  /** Days for which a tenant without imported history is learnt; the default policy's where it is not said. */
  readonly learningDays?: number
  /** Days after which what a whole role began is learnt without a verdict; 0: not before anything else. The default policy's where it is not said. */
  readonly roleChangeDays?: number
  /** How much more an agent may move within a week; none where it is not said. */
  readonly growthLimits?: Policy['growth_limits']
  /** SipHash key of the profile keys, 32 hex digits; the same for the life of a store. */
  readonly profileKey: string
}

/** Event time up to which live hours have aged for a version of `eventTime`: whole days, so that batches cut no difference. */
export const learntUntil = (eventTime: number): number => Math.max(0, (dayOf(eventTime) - 1) * dayMs)

/**
 * Makes a version out of what the store holds: releases what has waited long enough, brings the hours up to date, groups
 * the agents, adds up the shared levels, and lists what score must correct, what verdicts silence and what they say of the
 * calibration. A function of the tables and its options alone.
 */
export async function makeKnowledge(
  store: Store,
  settings: KnowledgeSettings,
  options: {
    version: number
    /** Of this store. */
    hours: HourCounter
    eventTime: number
    logTime: number
    madeAt: number
    originDay: number
    /** History that live profiles take with this version. */
    imported?: readonly Correction[]
    /** See `Knowledge.history_until`; undefined where the version before does not tell it. */
    historyUntil?: number | undefined
    /** What the version before said of agents under new names. */
    renames?: readonly RenamedAgent[]
  },
): Promise<Knowledge> {
  const { version, hours, eventTime, logTime, madeAt, originDay } = options
  const marked = await markedEventsOf(store)
  await releaseWaiting(store, { marked, logTime, changeDays: settings.roleChangeDays })
  await hours.countDirty()
  const learnt_until = learntUntil(eventTime)
  const learnt = { until_hour: hourOf(learnt_until), origin_day: originDay }
  await addUpAgents(store, learnt)
  const counted = await countedAgents(store, {
    registry: settings.registry,
    required: settings.historyRequired ?? Policy.parse({}).history_required,
    before: dayOf(eventTime) * dayMs,
  })
  const groups = await groupStoredAgents(store, { version, registry: settings.registry, counted })
  // What nobody has spoken of has nothing to say of the calibration, and nothing to correct.
  const judged =
    marked.spoken === 0 ? [] : await judgedSessions(store, { eventTime, model: settings.model.name, counted })
  return {
    version,
    made_at: madeAt,
    learnt_until,
    origin_day: originDay,
    profile_key: settings.profileKey,
    groups,
    levels: await sharedLevels(store, { version }),
    registry: [...settings.registry],
    model: settings.model,
    session_alert_rate: settings.sessionAlertRate,
    corrections: [...(marked.marks === 0 ? [] : await correctionsDue(store)), ...(options.imported ?? [])],
    ...(options.historyUntil === undefined ? {} : { history_until: options.historyUntil }),
    session_corrections: marked.spoken === 0 ? [] : await sessionCorrectionsDue(store),
    suppressions: await suppressionsAt(store, { madeAt, policy: settings.suppression ?? Policy.parse({}).suppression }),
    judged,
    budget_feedback: await budgetFeedback(store, {
      ...{ eventTime, counted, judged },
      model: settings.model,
      sessionAlertRate: settings.sessionAlertRate,
    }),
    tenants: await tenantHistories(store),
    learning_days: settings.learningDays ?? Policy.parse({}).learning.days,
    growth_limits: settings.growthLimits ?? {},
    renames: await renamedAgents(store, {
      ...{ version, registry: settings.registry, until: dayOf(eventTime) * dayMs },
      before: options.renames ?? [],
    }),
    population: [...counted.population],
  }
}

/** Releases what has waited long enough, by log time. */
async function releaseWaiting(
  store: Store,
  { marked, logTime, changeDays }: { marked: MarkedEvents; logTime: number; changeDays: number | undefined },
): Promise<void> {
  const expired = Math.max(0, logTime - quarantineMs)
  if (marked.heldSince < expired) await store.run(expireHeld, { before: expired })
  const days = changeDays ?? Policy.parse({}).learning.role_change_days
  const begun = Math.max(0, logTime - days * dayMs)
  if (days > 0 && marked.heldSince < begun) await store.run(releaseRoleChanges, { before: begun })
}
