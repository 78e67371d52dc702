import { type LogEntry, logLevel } from 'kafkajs'

type KafkaLogLevel = 'debug' | 'info' | 'warn' | 'error'
export type KafkaLogLine = (level: KafkaLogLevel, message: string, details: Record<string, unknown>) => void

/** What kafkajs reports as errors while a broker starts, elects a leader or loads a group; it tries again by itself. */
const startUp =
  /coordinator is not available|coordinator is loading|not the correct coordinator|hasn't completed the initialization|no leader for this topic|does not host this topic|not the leader|leadership election/i
/** What happens whenever a member of a group comes or goes, and what only follows a line that was logged. */
const ordinary =
  /group is rebalancing|rebalance for the group|coordinator is not aware of this member|^Restarting the consumer/i
/** True by intent here: retries are bounded, and readers count by position (see `runStage`). */
const known = /Limiting retries for the idempotent producer/
const startUpEveryMs = 30_000

const levelOf: Record<number, KafkaLogLevel> = {
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'debug',
  [logLevel.DEBUG]: 'debug',
}

/**
 * Hands kafkajs's lines on. What it will try again is a warning, not an error: if it gives up, the call throws.
 * A start's noise is one calm line every half minute, and a group that is shared out anew is no news.
 */
export function routeLines(write: KafkaLogLine, now: () => number = () => performance.now()) {
  let calmUntilMs = Number.NEGATIVE_INFINITY
  return () =>
    ({ level, namespace, log: { message, timestamp: _, ...details } }: LogEntry) => {
      const text = `${message} ${String(details.error ?? '')}`
      if (known.test(text)) return
      if (startUp.test(text)) {
        if (now() < calmUntilMs) return
        calmUntilMs = now() + startUpEveryMs
        write('info', 'Kafka is not ready yet (starting, or electing a leader): waiting for it', { namespace })
        return
      }
      const routed = ordinary.test(text) ? 'debug' : (levelOf[level] ?? 'debug')
      write(routed === 'error' ? 'warn' : routed, `kafka: ${message}`, { namespace, ...details })
    }
}
