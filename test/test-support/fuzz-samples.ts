import { topics } from '@straylight/schemas/topics'
import { type EmbeddedRun, openEmbeddedRun, revokingPolicy } from './embedded-run.ts'
import { fuzzTimeOf } from './fuzz-feed.ts'
import { lentCredential, nativeRecord } from './native-line.ts'

/** A message as the stages write it, or people and brokers: what is mutated on topics other than `agent.audit.v1`. */
export interface MessageSample {
  readonly topic: string
  /** JSON; of a signed one, its payload. */
  readonly text: string
  /** `typ` of the compact JWS that it is the payload of. */
  readonly type?: string
  readonly headers: Readonly<Record<string, string>>
}

/** Topics of which a message is taken as a run of the stages has written it. */
const written = [
  topics.events,
  topics.credentials,
  topics.findings,
  topics.sessions,
  topics.rejected,
  topics.knowledge,
  topics.setAside,
]

/** All of them, out of a small deployment's life. */
export async function messageSamples(): Promise<MessageSample[]> {
  const now = () => fuzzTimeOf(0)
  const run = await openEmbeddedRun({ policy: revokingPolicy, now })
  try {
    await run.log.append([
      ...lentCredential({ name: 'key-1', time: fuzzTimeOf(0) - 60_000, lender: 'invoice-bot', borrower: 'planner' }),
      nativeRecord({ id: 'e-1', agent: 'invoice-bot', time: fuzzTimeOf(0) - 50_000, session: 's-1', bytes_sent: 10 }),
      nativeRecord({ id: 'e-2', agent: 'invoice-bot', time: fuzzTimeOf(0) - 40_000, action: '' }),
      { topic: topics.results.name, key: 'k', value: '{}' },
    ])
    await run.drain()
    const samples: MessageSample[] = []
    for (const { name } of written) samples.push(...(await firstOf(run, name)))
    return [...samples, ...markers, verdict, result]
  } finally {
    await run.close()
  }
}

async function firstOf({ log }: EmbeddedRun, topic: string): Promise<MessageSample[]> {
  for (let partition = 0; partition < (await log.partitionCount(topic)); partition++) {
    const place = { topic, partition }
    for await (const { headers, value } of log.read(place, 0, await log.endOffset(place)))
      if (headers.type !== 'marker') return [{ topic, text: value.toString(), headers }]
  }
  // Sessions end after an hour: none has here.
  return []
}

const markers = [topics.events, topics.credentials].map(({ name: topic }) => {
  return { topic, text: '{"version":2}', headers: { type: 'marker' } }
})

/** By an issuer that the policy knows (`fuzzIssuer`). */
const verdict: MessageSample = {
  topic: topics.verdicts.name,
  type: 'straylight-verdict+jws',
  text: JSON.stringify({
    ...{ id: 'vdt_1', alert_id: 'alr_1', tenant: 'default', answer: 'approve', reason: 'seen', suppress_days: 3 },
    ...{ issuer: 'fuzz', role: 'approver', time: fuzzTimeOf(0) },
  }),
  headers: {},
}
export const fuzzIssuer = 'fuzz'

/** A broker's answer to no command. */
const result: MessageSample = {
  topic: topics.results.name,
  text: JSON.stringify({
    ...{ class_uid: 7001, category_uid: 7, activity_id: 2, type_uid: 700102, time: fuzzTimeOf(0), severity_id: 1 },
    ...{ status_id: 1, status: 'Success', status_code: 'applied', command_uid: 'cmd_1', message: 'done' },
    metadata: {
      ...{ version: '1.8.0', uid: 'res_1', tenant_uid: 'default' },
      product: { name: 'broker', vendor_name: 'test' },
    },
  }),
  headers: {},
}
