import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { EventShape } from '../src/event/event-shape.ts'
import { eventShape } from '../src/event/event-shape.ts'
import { Comparison } from '../src/features/comparison.ts'
import { SharedCounts } from '../src/peers/shared-level.ts'
import { dayOf } from '../src/profile/day-weight.ts'
import { Profile } from '../src/profile/profile.ts'
import { ProfileKeyHasher } from '../src/profile/profile-key-hasher.ts'
import { learnHistory } from '../src/training/learn-history.ts'
import { eventOf, noon } from './event-of.ts'

export const hasher = new ProfileKeyHasher('00112233445566778899aabbccddeeff')
export const originDay = dayOf(noon)

const beginning = {
  previous_step: '^',
  previous_step_2: '^',
  session_bytes_sent: 0,
  session_bytes_received: 0,
  flows: null,
  root: 'ambient' as const,
  late: false,
  closed: [],
  passed: [],
}

/** A shape that stands first in its session, unless said otherwise. */
export const shapeOf = (event: Partial<AgentEvent> = {}, changes: Partial<EventShape> = {}): EventShape => ({
  ...eventShape(eventOf(event), beginning),
  ...changes,
})

/** What an agent `bot` is compared with after this history, its peers being all agents named in `group`. */
export function taught(history: readonly AgentEvent[], group: readonly string[] = ['bot']) {
  const groups = new Map(group.map((agent) => [`acme|${agent}`, 'group']))
  const learnt = learnHistory(history, { hasher, originDay, groups })
  const profile = learnt.profiles.get('acme|bot') ?? new Profile()
  const peers = learnt.levels.get('acme|group') ?? new SharedCounts()
  const tenant = learnt.levels.get('acme|*') ?? new SharedCounts()
  return {
    learnt,
    profile,
    peers,
    tenant,
    against: (shape: EventShape) => new Comparison({ shape, profile, peers, tenant, scale: 1, hasher }),
  }
}
