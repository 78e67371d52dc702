import { createRequire } from 'node:module'
import type { ConnectionOptions } from 'node:tls'
import { Kafka, logLevel, type SASLOptions } from 'kafkajs'
import { registerCodecs } from './kafka-codecs.ts'
import { type KafkaLogLine, routeLines } from './kafka-lines.ts'
import { encodeProduceRequestsHere } from './kafka-produce-request.ts'

export interface KafkaSettings {
  /** host:port of brokers to ask first. */
  readonly brokers: readonly string[]
  /** This program's name in the brokers' logs and quotas. */
  readonly clientId: string
  readonly ssl?: boolean | ConnectionOptions
  readonly sasl?: SASLOptions
  /** Takes what kafkajs has to say. */
  readonly log: KafkaLogLine
}

/**
 * Bound of every call to the brokers: 18 retries from 50 ms on, each wait about twice the last and at most 5 s, so
 * that a world that fails is given up after a minute, with the work uncommitted.
 */
const retry = { initialRetryTime: 50, multiplier: 2, maxRetryTime: 5000, retries: 18 }

export function createKafka(settings: KafkaSettings): Kafka {
  calmRequestQueue()
  encodeProduceRequestsHere()
  registerCodecs()
  const { brokers, clientId, ssl, sasl } = settings
  return new Kafka({
    brokers: [...brokers],
    clientId,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: 3000,
    requestTimeout: 30_000,
    retry,
    logLevel: logLevel.INFO,
    logCreator: routeLines(settings.log),
  })
}

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

let calmed = false

/**
 * kafkajs 2.2.4 sets a timer after every answer, with a negative time when the broker does not throttle; newer
 * Node warns of each. A queue with nothing waiting needs no timer, so then none is set.
 */
function calmRequestQueue(): void {
  if (calmed) return
  calmed = true
  const queueClass: { prototype: RequestQueue } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue')
  const schedule = queueClass.prototype.scheduleCheckPendingRequests
  queueClass.prototype.scheduleCheckPendingRequests = function scheduleWhenWaiting(this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
}
