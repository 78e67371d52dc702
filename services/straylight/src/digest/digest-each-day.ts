import { ownerDigests } from '@straylight/console/agents/owner-digests'
import type { ConsoleGround } from '@straylight/console/console-ground'
import type { Logger } from '@straylight/runtime/process/logger'
import { repeatEvery } from '@straylight/runtime/process/repeat-every'
import { counted } from '@straylight/schemas/counted'
import { dayMs, hourMs, minuteMs } from '@straylight/schemas/duration'
import { visibleText } from '@straylight/schemas/visible-text'
import { sendDigests } from './send-digests.ts'

/** Whoever runs the program may see all of it. */
const operator = { user: 'operator', role: 'admin', tenant: null } as const

/**
 * Sends the day before from an hour of each day on. What a receiver did not take is tried again ten minutes later, as long as the day lasts;
 * what went out before a restart does not go out again. Resolves the returned function when a turn under way has ended.
 */
export function digestEachDay(
  ground: ConsoleGround,
  { hour, data, logger, lookMs = 10 * minuteMs }: { hour: number; data: string; logger: Logger; lookMs?: number },
): () => Promise<void> {
  let done = ''
  const look = async (): Promise<void> => {
    const now = ground.now()
    const today = new Date(now).toISOString().slice(0, 10)
    if (done === today || Math.floor((now % dayMs) / hourMs) < hour) return
    const digests = await ownerDigests(ground, operator, {})
    const sent = await sendDigests(digests, { data, webhooks: ground.policy.webhooks, now })
    const failed = sent.filter(({ result }) => result === 'failed')
    for (const { owner, webhook, error } of failed)
      logger.warn({ webhook }, visibleText(`the digest of ${owner} was not taken by webhook ${webhook}: ${error}`))
    if (failed.length > 0) return
    done = today
    logger.info({ day: digests.day }, `digests of ${digests.day}: ${counted(sent.length, 'message')} to owners`)
  }
  return repeatEvery(lookMs, look, (error) => logger.error({ err: error }, 'digests could not be made; tried again'))
}
