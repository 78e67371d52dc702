import type { LoggedKnowledge } from '@straylight/events/knowledge-log'
import type { Store } from '@straylight/runtime/store/store'
import { correctionRows } from '../verdicts/corrections.ts'
import { sessionCorrectionRows } from '../verdicts/session-corrections.ts'

/**
 * Copies a version from the log into the store; a version is immutable, so again is once. Corrections first: the next
 * version is reckoned from them.
 */
export async function copyKnowledge(store: Store, { knowledge, sha256 }: LoggedKnowledge): Promise<void> {
  await store.insert('corrections', correctionRows(knowledge))
  await store.insert('session_corrections', sessionCorrectionRows(knowledge))
  const { version, made_at, learnt_until, origin_day } = knowledge
  await store.insert('knowledge', [
    {
      ...{ version, sha256, made_at, learnt_until, origin_day, corrections: knowledge.corrections.length },
      knowledge: JSON.stringify(knowledge),
    },
  ])
}
