import type { Log } from '@straylight/runtime/log/log'
import type { Knowledge } from '@straylight/schemas/knowledge'
import { topics } from '@straylight/schemas/topics'
import { knowledgeSince } from './knowledge-log.ts'

/** Has the newest knowledge unpacked beside a stage's loop, before anything in the loop needs it. */
export interface KnowledgeAhead {
  /** Asks the log, now and then, for a version that came since. Call it from `due`. */
  look(): void
  /** When nothing is read from the log any more. */
  settled(): Promise<void>
}

/** How often the log is asked. Baseline copies a version to the store before it switches it on, which takes about as long. */
const lookEveryMs = 500

/**
 * Tells of each newest version once: to read and unpack one takes a tenth of a second and more, in which no event would be judged and
 * no finding answered. What fails here is tried again, and whoever needs the version asks for it by itself and hears of the failure.
 */
export function lookAhead(log: Log, onVersion: (knowledge: Knowledge) => void): KnowledgeAhead {
  let looking: Promise<void> | undefined
  let lookAtMs = 0
  /** End of the topic when it was last looked through, up to where it was done with, and the highest version found. */
  let seen = 0
  let from = 0
  let known = 0

  async function lookOnce(): Promise<void> {
    const end = await log.endOffset({ topic: topics.knowledge.name, partition: 0 })
    if (end === seen) return
    const { latest, next } = await knowledgeSince(log, { from, known })
    if (latest !== undefined) {
      known = latest.knowledge.version
      onVersion(latest.knowledge)
    }
    from = next
    seen = end
  }

  return {
    look() {
      if (looking !== undefined || performance.now() < lookAtMs) return
      lookAtMs = performance.now() + lookEveryMs
      looking = lookOnce()
        .catch(() => undefined)
        .finally(() => {
          looking = undefined
        })
    },
    settled: async () => looking,
  }
}
