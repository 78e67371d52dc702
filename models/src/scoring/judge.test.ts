import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import fc from 'fast-check'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { judgingContextOf, keyOf } from '../../test-support/judging-context-of.ts'
import { artifactOf, networkOf } from '../../test-support/model-of.ts'
import { randomEvent } from '../../test-support/random-event.ts'
import { Profile } from '../profile/profile.ts'
import { sessionsMax } from '../session/agent-clock.ts'
import { findingOf } from './finding-of.ts'
import { conclude, type Judgement, type JudgingContext, observe } from './judge.ts'
import { openTensorBackend } from './tensor-backend.ts'
import { sumWithoutProvenance } from './transparent-sum.ts'

before(() => openTensorBackend('wasm'))

const minute = 60_000
const agents = ['bot', 'peer', 'far']
const history = Array.from({ length: 60 }, (_, at) =>
  eventOf({
    agent: agents[at % 3]!,
    session: `h${Math.floor(at / 12)}`,
    action: at % 2 === 0 ? 'read' : 'write',
    destinations: ['a@x.example'],
    bytes_sent: 100 + at,
    time: noon + at * minute,
  }),
)

/** A day of three agents: sessions come, go and end by gap; some things were never seen before. */
const stream = fc.array(
  fc.record({
    agent: fc.constantFrom(...agents),
    session: fc.option(fc.constantFrom('s', 't'), { nil: undefined }),
    wait: fc.constantFrom(0, 0, 1, 5, 40, 26 * 60),
    event: randomEvent,
  }),
  { minLength: 1, maxLength: 40 },
)
function eventsOf(steps: typeof stream extends fc.Arbitrary<infer T> ? T : never): AgentEvent[] {
  let time = noon + hourMs
  return steps.map(({ agent, session, wait, event }) => {
    time += wait * minute
    return eventOf({ ...event, agent, time, ...(session && { session }) })
  })
}

/** Judges a stream cut into batches; knowledge changes at `marker`. What is reported, and what is left in memory. */
function judged(
  events: readonly AgentEvent[],
  cuts: readonly number[],
  contexts: readonly [JudgingContext, JudgingContext],
  marker: number,
) {
  const profiles = new Map<string, Profile>()
  const reported: unknown[] = []
  let from = 0
  for (const cut of [...cuts, events.length].sort((a, b) => a - b)) {
    const to = Math.max(from, Math.min(cut, events.length))
    const observations = events.slice(from, to).map((event, at) => {
      const profile = profiles.get(keyOf(event)) ?? new Profile()
      profiles.set(keyOf(event), profile)
      return observe(event, profile, contexts[from + at < marker ? 0 : 1])
    })
    for (const judgement of conclude(observations)) reported.push(tell(judgement))
    from = to
  }
  return { reported, profiles: [...profiles].map(([key, profile]) => [key, profile.toState()]) }
}

function tell(judgement: Judgement) {
  const { observed, ...rest } = judgement
  const { deviation, held_out, explanations, targets, first_event, session } = observed
  const place = { topic: 'agent.events.v1', partition: 0, offset: 1, log_time: 0 }
  return {
    ...rest,
    deviation: [...deviation],
    held_out,
    explanations: explanations && [...explanations],
    targets,
    first_event,
    session: session.session,
    finding: findingOf(judgement, place, 'medium'),
  }
}

test('a stream is judged the same however it is cut, with a network and over a change of knowledge', () => {
  const low = { mean: 4, deviation: 2 }
  const [first, second] = [
    artifactOf({ net: networkOf(1), hold_level: 25 }),
    artifactOf({ net: networkOf(2), session_maximum: low }),
  ]
  const contexts = [
    judgingContextOf(history.slice(0, 30), ['bot', 'peer'], { artifact: first }).judging,
    judgingContextOf(history, ['bot', 'peer'], { artifact: second, version: 2 }).judging,
  ] as const
  fc.assert(
    fc.property(stream, fc.array(fc.nat(40), { maxLength: 12 }), fc.nat(40), (steps, cuts, marker) => {
      const events = eventsOf(steps)
      const one = judged(events, [], contexts, marker)
      assert.deepEqual(judged(events, cuts, contexts, marker), one)
      const each = Array.from({ length: events.length }, (_, at) => at)
      assert.deepEqual(judged(events, each, contexts, marker), one)
    }),
    { numRuns: 150 },
  )
})

test('what is explained follows the sessions that ended, in the same batch or an earlier one', () => {
  const contexts = [judgingContextOf(history, ['bot', 'peer']).judging, judgingContextOf([], []).judging] as const
  const calm = Array.from({ length: 80 }, (_, at) =>
    eventOf({ action: 'read', destinations: ['a@x.example'], bytes_sent: 100, time: noon + (at + 1) * 31 * minute }),
  )
  const steps = ['b@x.example', 'c@x.example', 'c@y.example', 'notes.txt'].map((destination, at) =>
    eventOf({ action: 'read', destinations: [destination], time: noon + (100 + at) * 31 * minute }),
  )
  const events = [...calm, ...steps]
  const each = events.map((_, at) => at)
  assert.deepEqual(judged(events, each, contexts, 999), judged(events, [], contexts, 999))
})

test('contributions sum to the score, whichever evidence leads', () => {
  const without_provenance = {
    sum: [...sumWithoutProvenance],
    session_maximum: { mean: 8, deviation: 4 },
    calibration: artifactOf().calibration,
    hold_level: 40,
  }
  const { judging } = judgingContextOf(history, ['bot', 'peer'], {
    artifact: artifactOf({ net: networkOf(3), without_provenance }),
  })
  let ledWithoutProvenance = 0
  let tainted = 0
  fc.assert(
    fc.property(stream, (steps) => {
      const profile = new Profile()
      for (const judgement of conclude(eventsOf(steps).map((event) => observe(event, profile, judging)))) {
        const { contributions, score, observed } = judgement
        const sum = contributions.reduce((total, { contribution }) => total + contribution, 0)
        assert.ok(Math.abs(sum - score) < 1e-9, `${sum} of ${score}`)
        if (!contributions.some(({ feature }) => feature === 'network')) ledWithoutProvenance++
        if (contributions.some(({ feature }) => feature.startsWith('flow_')) && observed.event.argument_values)
          tainted++
      }
    }),
    { numRuns: 60, seed: 4 },
  )
  assert.ok(
    ledWithoutProvenance > 5 && tainted > 5,
    `evidence without provenance led ${ledWithoutProvenance} times, flows spoke ${tainted} times`,
  )
})

test('contributions sum to the score, the network among them', () => {
  const { judging } = judgingContextOf(history, ['bot', 'peer'], { artifact: artifactOf({ net: networkOf(3) }) })
  fc.assert(
    fc.property(stream, (steps) => {
      const profile = new Profile()
      for (const judgement of conclude(eventsOf(steps).map((event) => observe(event, profile, judging)))) {
        const sum = judgement.contributions.reduce((total, { contribution }) => total + contribution, 0)
        assert.ok(Math.abs(sum - judgement.score) < 1e-9)
        const order = judgement.contributions.map(({ contribution }) => contribution)
        assert.deepEqual(
          order,
          [...order].sort((a, b) => b - a),
        )
      }
    }),
    { numRuns: 50 },
  )
})

const usual = (changes: Partial<AgentEvent> = {}) =>
  eventOf({
    session: 's',
    action: 'read',
    destinations: ['a@x.example'],
    bytes_sent: 120,
    time: noon + 2 * hourMs,
    ...changes,
  })
const stray = (changes: Partial<AgentEvent> = {}) =>
  usual({
    system: 'vault',
    action: 'dump',
    destinations: ['drop@evil.example'],
    bytes_sent: 2 ** 30,
    privilege: 'root',
    ...changes,
  })
const world = () => {
  const { judging, profiles } = judgingContextOf(history, ['bot', 'peer'])
  return { judging, profile: profiles.get('acme|bot')! }
}
const judgeOne = (event: AgentEvent, { judging, profile }: { judging: JudgingContext; profile: Profile }): Judgement =>
  conclude([observe(event, profile, judging)])[0]!

test('what strays is held out of learning, what is usual is learnt', () => {
  const both = world()
  const before = both.profile.events
  const strange = judgeOne(stray(), both)
  assert.deepEqual([strange.observed.held_out, both.profile.events], [true, before])
  assert.ok(strange.p_value < 0.001 && strange.score > 30)
  const again = judgeOne(stray({ time: noon + 2 * hourMs + 1 }), both)
  assert.ok(again.score > 30, 'asking twice makes it no more usual')
  const ordinary = judgeOne(usual(), both)
  assert.deepEqual([ordinary.observed.held_out, both.profile.events], [false, before + 1])
  assert.ok(ordinary.p_value > 0.05 && ordinary.score < strange.score / 2)
})

test('an event is compared with what was known before it', () => {
  const both = world()
  const first = judgeOne(usual({ destinations: ['b@x.example'] }), both)
  const second = judgeOne(usual({ destinations: ['b@x.example'] }), both)
  assert.equal(first.observed.profile_events + 1, second.observed.profile_events)
  assert.ok(second.score < first.score)
})

test("a session's risk is its highest so far", () => {
  const both = world()
  const risks = [usual(), stray(), usual()].map((event) => judgeOne(event, both))
  assert.ok(risks[0]!.risk < risks[1]!.risk)
  assert.equal(risks[2]!.risk, risks[1]!.event_risk)
  assert.ok(risks[2]!.event_risk < risks[2]!.risk)
  const other = judgeOne(usual({ session: 'other' }), both)
  assert.equal(other.risk, other.event_risk)
})

test('a session that ended is reported once, and counts among the usual ones, where it strayed up to a bound only', () => {
  const both = world()
  const later = (hours: number) => noon + (2 + hours) * hourMs
  const at = (hours: number, make: typeof usual) => judgeOne(make({ session: 'x', time: later(hours) }), both)
  const best = Math.max(at(0, usual).score, at(1, usual).score)
  const sessions = both.profile.maxima.sessions
  const [ended] = at(30, stray).ended
  assert.deepEqual(
    [ended?.session, ended?.events, ended?.started_at, ended?.ended_at, ended?.highest_score, ended?.knowledge_version],
    ['x', 2, later(0), later(1), best, 1],
  )
  assert.equal(both.profile.maxima.sessions, sessions + 1)
  const before = { ...both.profile.maxima }
  const [strayed] = at(60, usual).ended
  assert.equal(strayed?.usual, false)
  assert.deepEqual([both.profile.maxima.sessions, both.profile.maxima.strayed], [sessions + 2, 1])
  const added = both.profile.maxima.mean * (sessions + 2) - before.mean * (sessions + 1)
  assert.ok(added > before.mean && added < (strayed?.highest_score ?? 0), `${added} of ${strayed?.highest_score}`)
})

test('what is remembered of sessions is bounded by the sessions open', () => {
  const both = world()
  const events = Array.from({ length: 500 }, (_, at) => usual({ session: `n${at}`, time: noon + 2 * hourMs + at }))
  conclude(events.map((event) => observe(event, both.profile, both.judging)))
  assert.equal(both.profile.clock.sessions.size, sessionsMax)
})

test('an agent nobody has seen is judged by its peers from its first event', () => {
  const { judging } = world()
  const judge = (event: AgentEvent) => judgeOne(event, { judging, profile: new Profile() })
  const [calm, wild] = [judge(usual()), judge(stray())]
  assert.deepEqual([calm.observed.first_event, calm.observed.profile_events, calm.observed.group], [true, 0, 'group'])
  assert.ok(wild.score > calm.score + 15)
})

test('the first event of an agent is the first, held out or not, once', () => {
  const { judging } = world()
  const profile = new Profile()
  const observed = [stray(), stray(), usual()].map((event) => observe(event, profile, judging))
  assert.deepEqual(
    observed.map(({ first_event }) => first_event),
    [true, false, false],
  )
  assert.equal(observed[2]?.profile_events, 0)
})

test('evidence without provenance may alert where provenance excuses: a stolen key sends to a destination of its own making', () => {
  const without_provenance = {
    sum: [...sumWithoutProvenance],
    session_maximum: { mean: 4, deviation: 2 },
    calibration: artifactOf().calibration,
    hold_level: 40,
  }
  const excused = { destinations: ['mole@evil.example'], argument_values: { to: ['e:9'] }, result_values: [] }
  const judge = (artifact: ReturnType<typeof artifactOf>) => {
    const { judging, profiles } = judgingContextOf(history, agents, { artifact })
    const event = eventOf({ action: 'write', session: 'new', time: noon + dayMs, ...excused })
    return conclude([observe(event, profiles.get(keyOf(event)) as Profile, judging)])[0] as Judgement
  }
  const discounted = judge(artifactOf({ without_provenance: null }))
  const beside = judge(artifactOf({ without_provenance }))
  assert.ok(discounted.p_value > 0.1, `${discounted.p_value} with the discount`)
  assert.ok(beside.p_value < 0.01, `${beside.p_value} beside it`)
  assert.ok(beside.risk > discounted.risk)
  const reported = beside.contributions.map(({ feature }) => feature)
  assert.ok(reported.includes('external_new') && !reported.includes('value_surprise'), reported.join(' '))
  const total = beside.contributions.reduce((sum, { contribution }) => sum + contribution, 0)
  assert.ok(Math.abs(total - beside.score) < 1e-9)
})

test('an event that does not say what its arguments held is judged by evidence without provenance alone, at the whole budget', () => {
  const calibration = artifactOf().calibration
  const without_provenance = {
    sum: [...sumWithoutProvenance],
    session_maximum: { mean: 4, deviation: 2 },
    calibration,
    hold_level: 20,
  }
  const judge = (values: Partial<AgentEvent>) => {
    const { judging, profiles } = judgingContextOf(history, agents, {
      artifact: artifactOf({ without_provenance, hold_level: 1_000 }),
    })
    const strange = { action: 'write', session: 'new', time: noon + dayMs, destinations: ['mole@evil.example'] }
    const event = eventOf({ ...strange, ...values })
    return conclude([observe(event, profiles.get(keyOf(event)) as Profile, judging)])[0] as Judgement
  }
  const unreported = judge({})
  const reported = judge({ argument_values: { to: ['e:9'] }, result_values: [] })
  assert.equal(unreported.observed.p_value_without_provenance, reported.observed.p_value_without_provenance)
  assert.ok(Math.abs(Math.log(unreported.p_value / unreported.observed.p_value_without_provenance)) < 1e-6)
  // Beside provenance the same evidence may spend a quarter: its p-value counts four times.
  assert.ok(Math.abs(Math.log(reported.p_value / (4 * unreported.p_value))) < 1e-6)
  assert.ok(unreported.observed.held_out && !reported.observed.held_out, 'each with a hold level of its own')
})
