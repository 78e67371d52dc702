import { hourMs } from '@straylight/schemas/duration'
import type { Ask } from '../questions/ask.ts'
import * as asked from './agent-questions.ts'

/** What an agent did, up to one more of each than its page shows. */
export interface AgentDeeds {
  readonly steps: readonly {
    readonly system: string
    readonly step: string
    readonly first_time: number
    readonly last_time: number
    readonly days: number
    readonly events: number
    readonly not_learnt: number
  }[]
  readonly destinations: readonly {
    readonly destination: string
    readonly first_time: number
    readonly last_time: number
    readonly days: number
    readonly events: number
    readonly not_learnt: number
    readonly sent: number
  }[]
  /** Hours in which it did anything that is learnt, the latest first. */
  readonly hours: readonly {
    readonly time: number
    readonly calls: number
    readonly sent: number
    readonly received: number
    readonly records: number
  }[]
}

/** What an agent did from an hour on. */
export async function agentDeeds(
  ask: Ask,
  of: { tenant: string; agent: string; since_hour: number },
): Promise<AgentDeeds> {
  const rows = await ask(asked.deedsOfAgent, of)
  const ofKind = (kind: (typeof rows)[number]['kind']) => rows.filter((row) => row.kind === kind)
  return {
    steps: ofKind('step')
      .slice(0, asked.actionsMax + 1)
      .map(({ name: step, system, first_time, last_time, days, events, not_learnt }) => ({
        ...{ system, step, first_time, last_time, days, events, not_learnt },
      })),
    destinations: ofKind('destination')
      .slice(0, asked.destinationsMax + 1)
      .map(({ name: destination, first_time, last_time, days, events, not_learnt, sent }) => ({
        ...{ destination, first_time, last_time, days, events, not_learnt, sent },
      })),
    hours: ofKind('hour')
      .filter(({ events, not_learnt }) => events > not_learnt)
      .map(({ name, events, not_learnt, learnt_sent, learnt_received, learnt_records }) => ({
        ...{ time: Number(name) * hourMs, calls: events - not_learnt },
        ...{ sent: learnt_sent, received: learnt_received, records: learnt_records },
      })),
  }
}
