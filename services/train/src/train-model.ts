import { createHash } from 'node:crypto'
import { dayOf } from '@straylight/models/profile/day-weight'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { fitModel } from '@straylight/models/training/fit-model'
import { learnHistory } from '@straylight/models/training/learn-history'
import type { Agent } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { counted } from '@straylight/schemas/counted'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { groupAgents } from './group-agents.ts'

export interface TrainOptions {
  readonly seed: number
  readonly name: string
  /** What makes this artifact again, for its origin. */
  readonly command: string
  readonly registry?: readonly Agent[]
  readonly onProgress?: (sentence: string) => void
}

/** Training keeps no profile, so the key that hides its names from attackers may be anything. */
const trainingKey = '0'.repeat(32)

/** There is nothing to learn from. Says what to give. */
export class NoHistory extends StraylightError {
  override readonly name = 'NoHistory'
  override readonly code = 'no_history'
}

/**
 * Trains a model on a deployment's own history (in order of event time), without labels. The same events, seed and
 * backend give the same artifact, byte for byte. Needs an open tensor backend.
 */
export async function trainModel(events: readonly AgentEvent[], options: TrainOptions): Promise<ModelArtifact> {
  const first = events[0]
  if (!first)
    throw new NoHistory(
      'no event could be read; give files with the audit events of some weeks, or a store that has them',
    )
  const hasher = new ProfileKeyHasher(trainingKey)
  const groups = groupAgents(events, options.registry ?? [])
  options.onProgress?.(
    `${counted(events.length, 'event')} of ${counted(groups.size, 'agent')} in ${counted(new Set(groups.values()).size, 'peer group')}`,
  )
  const history = learnHistory(events, { hasher, originDay: dayOf(first.time), groups })
  return fitModel(history, { ...options, hasher, historySha256: historyHash(events) })
}

/** Tells two histories apart: ids and contents, in order. */
function historyHash(events: readonly AgentEvent[]): string {
  const hash = createHash('sha256')
  for (const { id, content_hash } of events) hash.update(`${id}\n${content_hash}\n`)
  return hash.digest('hex')
}
