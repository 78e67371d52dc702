import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReadEvent } from '@straylight/events/event-reader'
import { hashedKeys } from '@straylight/models/event/event-keys'
import { eventShape } from '@straylight/models/event/event-shape'
import { dayOf, dayWeight } from '@straylight/models/profile/day-weight'
import { Profile } from '@straylight/models/profile/profile'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { ScoringModel } from '@straylight/models/scoring/scoring-model'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { partitionOf } from '@straylight/runtime/log/key-partition'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'
import type { Correction } from '@straylight/schemas/knowledge'
import { daysOfWork } from '../../test-support/days-of-work.ts'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { knowledgeOf, originDay, profileKey } from '../../test-support/knowledge-of.ts'
import { ProfileCache } from '../profiles/profile-cache.ts'
import { type KnowledgeCache, LoadedKnowledge } from './loaded-knowledge.ts'
import { PartitionJudge } from './partition-judge.ts'

const partitions = 2
const past = daysOfWork(100, 1, { from: noon - 10 * dayMs, strangeOneIn: Number.POSITIVE_INFINITY })
/** An agent of each partition. */
const [mine, others] = [0, 1].map(
  (partition) =>
    ['bot', 'peer', 'third', 'loner', 'newcomer'].find(
      (agent) => partitionOf(agentKeyOf({ tenant: 'acme', agent }), partitions) === partition,
    ) as string,
) as [string, string]

/** No store is needed: nobody has a stored profile. */
const nothingStored = { query: async () => [] } as unknown as Store

function judgeWith(corrections: readonly Correction[]) {
  const loaded = new Map(
    [1, 2].map((version) => {
      const knowledge = knowledgeOf(version, past, version === 2 ? { corrections: [...corrections] } : {})
      return [version, new LoadedKnowledge(knowledge, new ScoringModel(ScoringModel.parse(knowledge.model, 'test')))]
    }),
  )
  const cache = { take: async (version: number) => loaded.get(version) } as unknown as KnowledgeCache
  const profiles = new ProfileCache(nothingStored, 100)
  const judge = new PartitionJudge({ partition: 0, partitions, profiles, cache })
  return { judge, profiles }
}

const itemOf = (event: AgentEvent, offset: number): ReadEvent => ({
  kind: 'event',
  event,
  text: JSON.stringify(event),
  offset,
  log_time: event.time,
  changed_repeat: false,
})
const marker = (offset: number): ReadEvent => ({ kind: 'marker', version: 2, offset })

const correctionOf = (event: AgentEvent, sign: 1 | -1): Correction => ({
  tenant: event.tenant,
  agent: event.agent,
  sign,
  event,
  previous_step: 'erp/read',
  previous_step_2: '^',
  session_bytes_sent: 7,
  session_bytes_received: 0,
  flows: null,
  root: 'ambient' as const,
  late: false,
  closed: [],
  passed: [],
  why: 'a verdict',
})
function apply(profile: Profile, { event, sign, ...order }: Correction): void {
  const keys = hashedKeys(new ProfileKeyHasher(profileKey), eventShape(event, order))
  const weight = dayWeight(dayOf(event.time), originDay)
  if (sign === 1) profile.fold(keys, weight, event.time)
  else profile.unfold(keys, weight)
}
const countsOf = (profile: Profile) => ({ counts: profile.table.entries(), events: profile.events })

test('a marker applies every correction of its own agents, in order, however many an agent has', async () => {
  const corrections = [
    correctionOf(eventOf(10, { agent: mine, action: 'export', destinations: ['a@x.example'] }), 1),
    correctionOf(eventOf(11, { agent: others, action: 'export' }), 1),
    correctionOf(eventOf(12, { agent: mine, action: 'list', time: noon + 40 * dayMs }), 1),
    correctionOf(eventOf(10, { agent: mine, action: 'export', destinations: ['a@x.example'] }), -1),
  ]
  const { judge, profiles } = judgeWith(corrections)
  await judge.judge([itemOf(eventOf(0, { agent: mine }), 0)])
  const expected = Profile.fromState(profiles.take('acme', mine, 0).profile.toState())
  await judge.judge([marker(1)])
  for (const correction of corrections) if (correction.agent === mine) apply(expected, correction)
  const held = profiles.take('acme', mine, 0)
  assert.deepEqual(countsOf(held.profile), countsOf(expected))
  assert.deepEqual([held.as_of_offset, held.changed, judge.version], [1, true, 2])
  assert.equal(profiles.size, 1, 'agents of other partitions are not touched')
})

test('a released event is usual afterwards, a retracted one is strange again', async () => {
  const stray = (offset: number, session: string) =>
    itemOf(
      eventOf(offset, {
        agent: mine,
        session,
        system: 'vault',
        action: 'dump',
        destinations: ['new@evil.example'],
        privilege: 'root',
      }),
      offset,
    )
  const released = judgeWith([correctionOf((stray(1, 's') as { event: AgentEvent }).event, 1)])
  const work = past.slice(0, 40).map((event, at) => itemOf({ ...event, agent: mine, id: `p${at}` }, at))
  const first = (await released.judge.judge([...work, stray(40, 's')])).judgements.at(-1)
  const then = (await released.judge.judge([marker(41), stray(42, 't')])).judgements.at(-1)
  assert.equal(first?.observed.held_out, true)
  assert.ok((then?.score as number) < (first?.score as number) - 5)
  const learnt = eventOf(3, { agent: mine, action: 'read', destinations: ['often@x.example'] })
  const retracted = judgeWith([correctionOf(learnt, -1)])
  apply(retracted.profiles.take('acme', mine, 0).profile, correctionOf(learnt, 1))
  await retracted.judge.judge([...work, marker(41)])
  const { profile } = retracted.profiles.take('acme', mine, 0)
  const hasher = new ProfileKeyHasher(profileKey)
  assert.equal(profile.table.has(hasher.hash('D\u001f\u001eoften@x.example')), false)
})

test('a profile that already holds what comes again takes neither events nor corrections twice', async () => {
  const corrections = [1, 2].map((at) => correctionOf(eventOf(at, { agent: mine, action: 'export' }), 1))
  const { judge, profiles } = judgeWith(corrections)
  const items = [itemOf(eventOf(0, { agent: mine }), 0), marker(1), itemOf(eventOf(3, { agent: mine }), 2)]
  await judge.judge(items)
  const before = profiles.take('acme', mine, 0).profile.toState()
  const again = await judge.judge(items)
  assert.deepEqual([again.judgements, again.findings], [[], []])
  assert.equal(profiles.take('acme', mine, 0).profile.toState(), before)
})

test('before the first marker version 1 is in force, after it the one that it names', async () => {
  const { judge } = judgeWith([])
  assert.equal(judge.version, 0)
  const { judgements } = await judge.judge([
    itemOf(eventOf(0, { agent: mine }), 0),
    marker(1),
    itemOf(eventOf(1, { agent: mine }), 2),
  ])
  assert.deepEqual(
    judgements.map(({ observed }) => observed.judging.version),
    [1, 2],
  )
  await judge.startAt(1, '')
  assert.equal(judge.version, 1)
})

test('what is usual makes no finding, what strays does, and says where it stood', async () => {
  const { judge } = judgeWith([])
  const work = past.slice(0, 40).map((event, at) => itemOf({ ...event, agent: mine, id: `p${at}` }, at))
  assert.deepEqual((await judge.judge(work)).findings, [])
  const stray = eventOf(77, { agent: mine, system: 'vault', action: 'dump', destinations: ['new@evil.example'] })
  const { findings } = await judge.judge([itemOf(stray, 90)])
  assert.deepEqual(
    findings.map(({ log, source, event_id }) => ({ log, source, event_id })),
    [
      {
        log: { topic: 'agent.events.v1', partition: 0, offset: 90 },
        source: { partition: 0, offset: 77, index: 0 },
        event_id: 'e77',
      },
    ],
  )
})
