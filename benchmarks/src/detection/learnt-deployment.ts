import { dayOf } from '@straylight/models/profile/day-weight'
import { addMaximum, type Maxima, Profile } from '@straylight/models/profile/profile'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { leftOutSession } from '@straylight/models/session/session-maxima'
import { type LearntHistory, learnHistory } from '@straylight/models/training/learn-history'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { groupAgents } from '@straylight/train/group-agents'
import { profileKey } from '../learnt-fleet.ts'

/** A past session as if it had been new. */
export interface LeftOutSession {
  /** `tenant|agent`. */
  readonly agent: string
  readonly deviations: readonly Float64Array[]
  /** How much of its risk would have been believed. */
  readonly trust: number
}

/** A deployment that has learnt its warm-up and waits for what comes. */
export interface LearntDeployment {
  readonly hasher: ProfileKeyHasher
  readonly originDay: number
  /** Peer group by `tenant|agent`, found by tool use. */
  readonly groups: ReadonlyMap<string, string>
  readonly history: LearntHistory
  readonly leftOut: readonly LeftOutSession[]
  /** Fresh copies of all profiles: what is replayed on one leaves the others alone. */
  profiles(): Map<string, Profile>
}

/** Learns the warm-up as `straylight replay --history` does: counts, peer groups, and each session left out once. */
export function learntDeployment(
  warmUp: readonly AgentEvent[],
  originDay = dayOf(warmUp[0]?.time ?? 0),
): LearntDeployment {
  const hasher = new ProfileKeyHasher(profileKey)
  const groups = groupAgents(warmUp, [])
  const history = learnHistory(warmUp, { hasher, originDay, groups })
  const leftOut = history.sessions.map((session) => ({
    agent: session.agent,
    ...leftOutSession(session, history.levelsOf(session), { hasher, originDay }),
  }))
  const states = new Map([...history.profiles].map(([agent, profile]) => [agent, profile.toState()]))
  return {
    ...{ hasher, originDay, groups, history, leftOut },
    profiles: () => new Map([...states].map(([agent, state]) => [agent, Profile.fromState(state)])),
  }
}

/** The highest score of a past session. */
export interface SessionMaximum {
  readonly agent: string
  readonly maximum: number
  readonly trust: number
}

/** Scores of events, in their order: any detector over the same deviations. */
export type ScoreEvents = (deviations: readonly Float64Array[]) => ArrayLike<number>

/** Highest scores of past sessions, each left out of what it is compared with, all scored in one go. */
export function sessionMaxima({ leftOut }: LearntDeployment, scoreEvents: ScoreEvents): SessionMaximum[] {
  const scores = scoreEvents(leftOut.flatMap(({ deviations }) => deviations))
  let at = 0
  return leftOut.map(({ agent, deviations, trust }) => {
    let maximum = Number.NEGATIVE_INFINITY
    for (const end = at + deviations.length; at < end; at++) maximum = Math.max(maximum, scores[at] as number)
    return { agent, maximum, trust }
  })
}

/** Newest sessions of an agent that count, as in the import of history. */
const sessionsMax = 100

/** What each agent's risk is set against. */
export function maximaByAgent(maxima: readonly Omit<SessionMaximum, 'trust'>[]): Map<string, Maxima> {
  const lists = new Map<string, number[]>()
  for (const { agent, maximum } of maxima) lists.set(agent, [...(lists.get(agent) ?? []), maximum])
  return new Map(
    [...lists].map(([agent, list]) => {
      const usual: Maxima = { sessions: 0, mean: 0, squares: 0 }
      for (const maximum of list.slice(-sessionsMax)) addMaximum(usual, maximum)
      return [agent, usual]
    }),
  )
}
