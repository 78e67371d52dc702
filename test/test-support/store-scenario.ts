import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKeys } from '@straylight/respond/command/signing-keys'
import { signVerdict } from '@straylight/respond/verdict/verdict-token'
import { migrateStore } from '@straylight/runtime/store/migrate-store'
import type { Store } from '@straylight/runtime/store/store'
import { brokenParts, storeIdentity } from '@straylight/runtime/store/store-identity'
import { dayMs, minuteMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'
import { storedHistory } from '@straylight/train/stored-history'
import { alertById } from 'straylight/commands/explain'
import { setAsideKinds } from 'straylight/doctor/set-aside-kinds'
import { agentsByEvent, findingsByEvent } from 'straylight/explain/explain-event'
import { reproduceJudgement } from 'straylight/replay/reproduce-judgement'
import { countLearnt } from 'straylight/simulate/simulate-deployment'
import { type EmbeddedRun, openEmbeddedRun } from './embedded-run.ts'
import { nativeRecord } from './native-line.ts'
import { historyOf, officeWork } from './office-work.ts'
import { type RecordedCall, recordStore } from './record-store.ts'

const agents = ['bot-0', 'bot-1', 'bot-2']
const liveFrom = Date.parse('2026-03-12T00:00:00Z')

/**
 * A small deployment's life, in which every query and statement of the services is asked: history learnt twice, a day of
 * work, an agent that strays, a person's word, a takeover, a day more, and what people and training ask of the store.
 * `storeOf` gives the store to live on, instead of the one in this process that it is given. The same calls each time.
 */
export async function storeScenario(storeOf: (embedded: Store) => Store): Promise<RecordedCall[]> {
  const calls: RecordedCall[] = []
  const folder = await mkdtemp(join(tmpdir(), 'straylight-scenario-'))
  const soc = (await openKeys(folder)).commands
  let now = liveFrom
  let store: Store | undefined
  const run = await openEmbeddedRun({
    now: () => now,
    partitions: 1,
    storeOf: (embedded) => {
      store = recordStore(storeOf(embedded), calls)
      return store
    },
    policy: {
      budget: { session_alert_rate: 0.01 },
      // The others stand in the store alone.
      alerts: { findings_max: 1 },
      issuers: [{ name: 'soc', public_key: soc.publicKey.x, roles: ['analyst'], tenants: ['default'] }],
    },
    score: { checkpointEvents: 50 },
  })
  try {
    if (store !== undefined) await begin(store)
    const history = historyOf(officeWork({ agents, from: liveFrom - 20 * dayMs, days: 20 }))
    await run.baseline().importHistory(history)
    await run.baseline().importHistory(history)
    await run.drain()
    await stray(run, liveFrom + 9 * 60 * minuteMs)
    now += 20 * 60 * minuteMs
    await run.drain()
    const [alert] = [...run.respond().alerts()]
    if (alert === undefined || store === undefined) throw new Error('the scenario raised no alert')
    const verdict = {
      id: 'vdt_1',
      alert_id: alert.id,
      tenant: 'default',
      answer: 'false',
      reason: 'asked',
      issuer: 'soc',
    }
    const value = await signVerdict(
      { ...verdict, role: 'analyst', time: now } as Parameters<typeof signVerdict>[0],
      soc,
    )
    await run.log.append([
      { topic: topics.verdicts.name, key: alert.id, value, timestamp: now },
      { topic: topics.results.name, key: 'junk', value: 'not an answer', timestamp: now },
    ])
    await run.drain()
    now += 6 * minuteMs
    await run.drain()
    await run.score().checkpoint()
    for (const stage of ['baseline', 'score'] as const) await run.restart(stage)
    await run.log.append(officeWork({ agents, from: liveFrom + dayMs, days: 2 }))
    now += 3 * dayMs
    await run.drain()
    await run.drain()
    await ask(store, alert.id)
    return calls
  } finally {
    await run.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Values go from call to call, calls send out far more than ever, and the session ends. */
async function stray({ log }: EmbeddedRun, from: number): Promise<void> {
  const of = { agent: 'bot-0', session: 'stray' }
  const mail = (at: number) =>
    nativeRecord({
      ...{ ...of, id: `s-${at}`, time: from + (480 + at) * minuteMs, system: 'mail', action: 'send' },
      ...{ destinations: ['colleague-1@acme.example'], bytes_sent: at * 1_000_000 },
      ...{ argument_names: ['to'], argument_values: { to: ['e:22'] } },
    })
  await log.append([
    ...officeWork({ agents, from: from - 9 * 60 * minuteMs, days: 1 }),
    nativeRecord({ ...of, id: 's-1', time: from + 480 * minuteMs, result_values: ['a:11', 'e:22'] }),
    ...[2, 3, 4].map(mail),
    nativeRecord({ id: 's-end', agent: 'bot-0', time: from + 600 * minuteMs }),
  ])
}

/** What opening a store asks, before anybody could write it down. */
async function begin(store: Store): Promise<void> {
  await migrateStore(store)
  const identity = storeIdentity(store)
  await identity.write('scenario')
  await identity.read()
  await store.query(brokenParts, {})
}

/** What commands of the program ask. */
async function ask(store: Store, alert: string): Promise<void> {
  await store.query(alertById, { id: alert })
  await store.query(findingsByEvent, { id: 's-2' })
  await store.query(agentsByEvent, { id: 's-2' })
  await store.query(countLearnt, { tenant: 'default' })
  await reproduceJudgement(store, 's-2')
  await storedHistory(store, { events: 200, days: 7 })
  await setAsideKinds(store)
}
