import { passes } from '@straylight/runtime/process/kill-point'
import type { Delivery } from '@straylight/schemas/alert'
import type { DeliveryOutcome } from './delivery-schedule.ts'
import type { Deliver, DeliveryAttempt } from './webhook-delivery.ts'
import { createWebhookWatch, type DeliveryTurn, type WebhookWatch } from './webhook-watch.ts'

/** Attempts under way at once to one webhook: with the policy's twenty that is 80 in all, so that no receiver takes the place of another. */
const attemptsOfWebhookMax = 4
/** Outcomes of a webhook that wait to be journalled, those under way counted in; beyond it nothing new is started. */
const outcomesOfWebhookMax = 64

/** A message under way, and the alert in whose record it stands. */
export interface QueuedMessage {
  readonly alertId: string
  readonly delivery: Delivery
}

/** An attempt that ended. */
export interface DeliveryDone {
  readonly alertId: string
  readonly messageId: string
  readonly webhook: string
  readonly outcome: DeliveryOutcome
  readonly turn: DeliveryTurn
  /** Another message went in the same attempt, before this one: the receiver answered once. */
  readonly sharesAttempt?: true
}

/** Runs deliveries beside the loop: a slow receiver must not hold up a decision. Bounded in both directions. */
export interface DeliveryQueue {
  readonly watch: WebhookWatch
  /** How many attempts to this webhook may be started now. */
  room(webhook: string): number
  /** Starts an attempt, unless there is no room or this message is under way already; whether it did. */
  start(alertId: string, attempt: Omit<DeliveryAttempt, 'signal'>, now: number, turn?: DeliveryTurn): boolean
  /** Whether an attempt carries it now, or has ended and is not journalled yet. */
  isUnderWay(messageId: string): boolean
  /** Starts one attempt that carries the messages of several alerts, in turn; its outcome is that of each. Whether it did. */
  startGroup(messages: readonly QueuedMessage[], attempt: Omit<DeliveryAttempt, 'signal'>, now: number): boolean
  /** What has ended since the last call. */
  drain(): readonly DeliveryDone[]
  /** Breaks off what is under way; it stays due and goes out under the same id after a restart. */
  close(): Promise<void>
}

export function createDeliveryQueue(deliver: Deliver): DeliveryQueue {
  const stop = new AbortController()
  const watch = createWebhookWatch()
  /** By message: the attempt that carries it. */
  const underWay = new Map<string, { webhook: string; ended: Promise<void> }>()
  const attemptsTo = new Map<string, number>()
  let done: DeliveryDone[] = []
  const toJournal = (webhook: string): number =>
    [...underWay.values(), ...done].filter((message) => message.webhook === webhook).length
  const room = (webhook: string): number => {
    const attempts = attemptsOfWebhookMax - (attemptsTo.get(webhook) ?? 0)
    return stop.signal.aborted ? 0 : Math.min(attempts, outcomesOfWebhookMax - toJournal(webhook))
  }
  // An outcome that is not journalled yet would be tried again.
  const isUnderWay = (messageId: string): boolean =>
    underWay.has(messageId) || done.some((ended) => ended.messageId === messageId)
  const run = (messages: readonly QueuedMessage[], attempt: NewAttempt, now: number, turn: DeliveryTurn): boolean => {
    const webhook = attempt.webhook.name
    const tooMany = messages.length > outcomesOfWebhookMax - toJournal(webhook)
    if (room(webhook) <= 0 || tooMany || messages.some(({ delivery }) => isUnderWay(delivery.message_id))) return false
    attemptsTo.set(webhook, (attemptsTo.get(webhook) ?? 0) + 1)
    for (const { delivery } of messages) watch.attempted(delivery, now)
    const ended = deliver({ ...attempt, signal: stop.signal }).then((outcome) => {
      attemptsTo.set(webhook, (attemptsTo.get(webhook) ?? 1) - 1)
      for (const { delivery } of messages) underWay.delete(delivery.message_id)
      passes('after-delivery-before-journal')
      if (stop.signal.aborted) return
      for (const [at, { alertId, delivery }] of messages.entries()) {
        done.push({ alertId, messageId: delivery.message_id, webhook, outcome, turn, ...(at === 0 ? {} : sharing) })
      }
    })
    for (const { delivery } of messages) underWay.set(delivery.message_id, { webhook, ended })
    return true
  }
  return {
    watch,
    room,
    isUnderWay,
    start: (alertId, attempt, now, turn = 'in_turn') =>
      run([{ alertId, delivery: attempt.delivery }], attempt, now, turn),
    startGroup: (messages, attempt, now) => run(messages, attempt, now, 'in_turn'),
    drain: () => {
      const ended = done
      done = []
      return ended
    },
    close: async () => {
      stop.abort(new Error('respond is stopping'))
      await Promise.all([...underWay.values()].map(({ ended }) => ended))
    },
  }
}

type NewAttempt = Omit<DeliveryAttempt, 'signal'>
const sharing = { sharesAttempt: true } as const
