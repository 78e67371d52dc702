import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Profile } from '@straylight/models/profile/profile'
import { hourMs } from '@straylight/schemas/duration'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { silenceFinding } from './silence-finding.ts'
import { SilenceWatch, type SilentAgent } from './silence-watch.ts'

const context = { tierOf: () => 'medium' as const, version: 3, model: 'm' }
const place = { topic: 'agent.events.v1', partition: 0, offset: 77, log_time: noon }

/** A profile of long standing whose agent spoke at `time`. */
function profileAt(time: number, longest_gap: number): Profile {
  const profile = new Profile()
  Object.assign(profile, { events: 500, first_time: noon - 30 * 24 * hourMs, last_time: time })
  Object.assign(profile.clock, { clock: time, longest_gap })
  return profile
}
const speak = (watch: SilenceWatch, agent: string, time: number, gap = 2 * hourMs) =>
  watch.take(eventOf(time, { agent, time: noon + time }), 's', {
    profile: profileAt(noon + time, gap),
    logTime: noon + time,
  })

test("another agent's event shows the silence, once, until the agent speaks again", () => {
  const watch = new SilenceWatch()
  speak(watch, 'bot', 0)
  assert.equal(speak(watch, 'peer', 6 * hourMs - 1), undefined)
  const silence = speak(watch, 'peer', 6 * hourMs)
  assert.equal(silence?.last.agent, 'bot')
  assert.equal(speak(watch, 'peer', 7 * hourMs), undefined)
  assert.equal(speak(watch, 'bot', 8 * hourMs), undefined)
  assert.equal(speak(watch, 'peer', 8 * hourMs), undefined)
  assert.equal(speak(watch, 'third', 14 * hourMs)?.last.agent, 'bot')
})

test('an agent that is seldom active is never silent', () => {
  const watch = new SilenceWatch()
  watch.take(eventOf(0, { agent: 'bot', time: noon }), 's', { profile: new Profile(), logTime: noon })
  assert.equal(speak(watch, 'peer', 1_000 * hourMs), undefined)
})

test('the finding says since when, stands at a place of its own, and is the same whoever makes it', () => {
  const watch = new SilenceWatch()
  speak(watch, 'bot', 0)
  const silence = speak(watch, 'peer', 9 * hourMs)
  assert.ok(silence)
  const finding = silenceFinding(silence, place, context)
  assert.equal(finding.log.topic, 'agent.events.v1#silence')
  assert.deepEqual(
    [finding.agent, finding.cause, finding.target, finding.severity],
    ['bot', 'silent_agent', 'bot', 'medium'],
  )
  assert.match(
    finding.reasons[0] ?? '',
    /^Silent agent: nothing for 9 hours, since .*; longest silence lately: 2 hours$/,
  )
  assert.equal(silenceFinding(silence, { ...place, offset: 99 }, context).id, finding.id)
})

const fleet = ['ada', 'bob', 'cid', 'dan', 'eve', 'fay']
/** Each agent speaks every half an hour; returns what was found. */
function round(watch: SilenceWatch, [from, to]: readonly [number, number], agents = fleet) {
  const found: { at: number; who: string; source: boolean }[] = []
  for (let at = from; at < to; at += hourMs / 2)
    for (const [index, agent] of agents.entries()) {
      const silence = speak(watch, agent, at + index * 60_000, gaps.get(agent))
      if (silence)
        found.push({
          at: (silence.shown_at - noon) / hourMs,
          who: silence.last.agent,
          source: silence.source !== undefined,
        })
    }
  return found
}
/** What each profile holds to be its agent's longest silence: two hours. */
const gaps = new Map<string, number>()

test('promise 19: where nobody is heard it is the source that is silent, once, and no agent is accused', () => {
  gaps.clear()
  const watch = new SilenceWatch()
  assert.deepEqual(round(watch, [0, 20 * hourMs]), [])
  const found = round(watch, [32 * hourMs, 40 * hourMs])
  assert.deepEqual(
    found.map(({ source }) => source),
    [true],
  )
  const taken = SilenceWatch.fromState(watch.toState())
  assert.deepEqual(round(taken, [40 * hourMs, 60 * hourMs]), [])
})

test('promise 19: the gap teaches no agent: who really falls silent afterwards is missed as soon as before', () => {
  gaps.clear()
  const watch = new SilenceWatch()
  round(watch, [0, 20 * hourMs])
  // Their profiles take the twelve hours for their own.
  for (const agent of fleet) gaps.set(agent, 12.5 * hourMs)
  round(watch, [32 * hourMs, 40 * hourMs])
  const [found, ...more] = round(watch, [40 * hourMs, 60 * hourMs], fleet.slice(1))
  assert.deepEqual(more, [])
  assert.deepEqual([found?.who, found?.source], ['ada', false])
  assert.ok((found?.at ?? 99) < 47, `${found?.at}`)
})

test('promise 19: an agent that stopped before the outage is missed after it, and not because of it', () => {
  gaps.clear()
  const watch = new SilenceWatch()
  round(watch, [0, 20 * hourMs])
  round(watch, [20 * hourMs, 23 * hourMs], fleet.slice(1))
  const found = round(watch, [35 * hourMs, 45 * hourMs], fleet.slice(1))
  assert.deepEqual(
    found.map(({ who, source }) => (source ? 'source' : who)),
    ['source', 'ada'],
  )
  // Six hours without it while others were heard: the outage is not among them.
  assert.ok((found[1]?.at ?? 0) >= 35.5, `${found[1]?.at}`)
})

test('two agents alone are no source: each is missed by itself', () => {
  gaps.clear()
  const watch = new SilenceWatch()
  round(watch, [0, 5 * hourMs], ['ada', 'bob'])
  const found = round(watch, [20 * hourMs, 21 * hourMs], ['bob'])
  assert.deepEqual(
    found.map(({ who, source }) => [who, source]),
    [['ada', false]],
  )
})

/** What one shipper of two brings is late from 20 to 32, complete, while the other's goes on. */
const late = ['ada', 'bob', 'cid']
const onTime = ['dan', 'eve', 'fay']
const lateAt = (watch: SilenceWatch, agent: string, time: number, logTime: number) =>
  watch.take(eventOf(time, { agent, time: noon + time }), 's', {
    profile: profileAt(noon + time, 2 * hourMs),
    logTime: noon + logTime,
  })

test('promise 19: one shipper of two that is late is one finding on its agents together, and its late events take it back', () => {
  gaps.clear()
  const watch = new SilenceWatch()
  round(watch, [0, 20 * hourMs])
  const shown: SilentAgent[] = []
  for (let at = 20 * hourMs; at < 32 * hourMs; at += hourMs / 2)
    for (const agent of onTime) {
      const silence = speak(watch, agent, at)
      if (silence !== undefined) shown.push(silence)
    }
  assert.deepEqual(
    shown.map(({ source }) => source?.names),
    [late],
  )
  const finding = silenceFinding(shown[0]!, place, context)
  assert.deepEqual(
    [finding.agent, finding.cause, finding.target],
    ['a group of agents', 'silent_source', 'ada, bob, cid'],
  )
  assert.match(
    finding.reasons[0] ?? '',
    /^Silent source: nothing from 3 agents for .*: look at the log shipper first, /,
  )
  const taken = SilenceWatch.fromState(watch.toState())
  const back: SilentAgent[] = []
  for (let at = 20 * hourMs; at < 32 * hourMs; at += hourMs / 2)
    for (const agent of late) {
      const word = lateAt(taken, agent, at, 32 * hourMs)
      if (word !== undefined) back.push(word)
    }
  assert.deepEqual(
    back.map(({ withdrawn }) => withdrawn),
    [true],
  )
  const withdrawn = silenceFinding(back[0]!, place, context)
  assert.equal(withdrawn.withdrawn, true)
  assert.notEqual(withdrawn.id, finding.id)
  assert.deepEqual([withdrawn.agent, withdrawn.cause, withdrawn.target], [finding.agent, finding.cause, finding.target])
})

test('promise 19: what comes late takes a silence back though the newest of it comes first, through a checkpoint before each', () => {
  gaps.clear()
  let watch = new SilenceWatch()
  round(watch, [0, 20 * hourMs])
  for (let at = 20 * hourMs; at < 32 * hourMs; at += hourMs / 2) for (const agent of onTime) speak(watch, agent, at)
  const back: SilentAgent[] = []
  // They go on, and what was held up follows from its end.
  const times = [32 * hourMs]
  for (let at = 32 * hourMs - 1; at > 20 * hourMs; at -= hourMs / 2) times.push(at)
  for (const at of times)
    for (const agent of late) {
      watch = SilenceWatch.fromState(watch.toState())
      const word = lateAt(watch, agent, at, 32 * hourMs)
      if (word !== undefined) back.push(word)
    }
  assert.deepEqual(
    back.map(({ withdrawn }) => withdrawn),
    [true],
  )
})

test('promise 19: who has gone on for as long as it is waited for dates no silence away', () => {
  gaps.clear()
  const watch = new SilenceWatch()
  round(watch, [0, 20 * hourMs])
  round(watch, [20 * hourMs, 40 * hourMs], fleet.slice(1))
  round(watch, [40 * hourMs, 47 * hourMs])
  for (let at = 39 * hourMs; at > 20 * hourMs; at -= hourMs / 2)
    assert.equal(lateAt(watch, 'ada', at, 47 * hourMs), undefined)
})

test('promise 19: what begins after a silence, or one late event within it, takes nothing back', () => {
  gaps.clear()
  const watch = new SilenceWatch()
  round(watch, [0, 20 * hourMs])
  const silences = round(watch, [20 * hourMs, 30 * hourMs], fleet.slice(1))
  assert.deepEqual(
    silences.map(({ who, source }) => [who, source]),
    [['ada', false]],
  )
  // Half an hour late, and then nothing for nine hours: it was silent all the same.
  assert.equal(lateAt(watch, 'ada', 20 * hourMs, 30 * hourMs), undefined)
  assert.equal(lateAt(watch, 'ada', 29.9 * hourMs, 30 * hourMs), undefined)
  assert.equal(lateAt(watch, 'ada', 26 * hourMs, 30 * hourMs), undefined)
})

type Said = readonly [at: number, who: string, found: SilentAgent]
/** Says the word of each agent at each hour, through a checkpoint before each; what was found, with the hour and who showed it. */
function said(watch: SilenceWatch, words: Iterable<readonly [hour: number, agent: string, gapHours?: number]>): Said[] {
  const found: Said[] = []
  let resumed = watch
  for (const [hour, agent, gap = 2] of words) {
    resumed = SilenceWatch.fromState(resumed.toState())
    const silence = speak(resumed, agent, hour * hourMs, gap * hourMs)
    if (silence !== undefined) found.push([hour, agent, silence])
  }
  return found
}
function* eachHour(from: number, to: number, agents: readonly string[]) {
  for (let hour = from; hour < to; hour += 0.5) for (const agent of agents) yield [hour, agent] as const
}
const inWords = (found: readonly Said[]) =>
  found.map(
    ([hour, , { last, source, withdrawn }]) =>
      `${hour} ${withdrawn ? 'withdrawn' : 'silent'} ${source?.names?.join(' ') ?? last.agent}`,
  )

test('promise 19: two that pause as they usually do cover nobody: who really is silent is found by itself, once', () => {
  const agents = ['ada', 'bob', 'cid', 'vic']
  const found = said(new SilenceWatch(), [
    ...eachHour(0, 0.5, agents),
    ...eachHour(0.5, 2.5, ['ada', 'bob', 'cid']),
    ...eachHour(2.5, 6.5, ['cid']),
    ...eachHour(6.5, 200, ['ada', 'bob', 'cid']),
  ])
  assert.deepEqual(inWords(found), ['6 silent ada bob vic', '6.5 withdrawn ada bob vic', '9.5 silent vic'])
  const [source, , alone] = found.map(([, , silence]) => silenceFinding(silence, place, context))
  assert.deepEqual([alone?.agent, alone?.cause], ['vic', 'silent_agent'])
  assert.notEqual(alone?.id, source?.id, 'one of the same id would be no news')
})

test('promise 19: nobody is covered by more accomplices, by others that stop with them later, or by ones of long usual silences', () => {
  const crowd = ['ada', 'bob', 'cid', 'dan', 'eve', 'fay', 'gus', 'vic']
  const words: [number, string, number][] = []
  for (const [index, agent] of crowd.entries()) words.push([0, agent, agent === 'vic' ? 2 : 3 + index / 2])
  for (let hour = 0; hour < 300; hour += 0.5) {
    words.push([hour, 'witness', 2])
    // One after the other comes back, each well within what is usual of it.
    for (const [index, agent] of crowd.slice(0, -1).entries())
      if (hour >= 6.5 + index) words.push([hour, agent, 3 + index / 2])
  }
  const found = said(new SilenceWatch(), words)
  const alone = found.filter(
    ([, , { last, source, withdrawn }]) => !withdrawn && source === undefined && last.agent === 'vic',
  )
  assert.equal(alone.length, 1, inWords(found).join('\n'))
  assert.ok((alone[0]?.[0] ?? 99) < 40, inWords(found).join('\n'))
  const accused = found.filter(([, , { source, withdrawn }]) => !withdrawn && source === undefined)
  assert.deepEqual([...new Set(accused.map(([, , { last }]) => last.agent))], ['vic'])
})

test('promise 19: while three of a silent source remain it stands, and who does not follow the others back is found again', () => {
  const agents = ['ada', 'bob', 'cid', 'dan', 'eve', 'fay']
  const found = said(new SilenceWatch(), [
    ...eachHour(0, 1, [...agents, 'witness']),
    ...eachHour(1, 12, ['witness']),
    // They were silent; four of six come back.
    ...eachHour(12, 40, ['ada', 'bob', 'cid', 'dan', 'witness']),
  ])
  assert.deepEqual(inWords(found.filter(([, , { withdrawn }]) => withdrawn)), [])
  assert.equal(inWords(found)[0], '6.5 silent ada bob cid dan eve fay')
  const later = inWords(found.slice(1))
  assert.deepEqual(later, ['15 silent eve', '15 silent fay'])
})

test('promise 19: a weekend without data for a whole tenant is one finding on the source, and teaches no agent', () => {
  gaps.clear()
  const watch = new SilenceWatch()
  assert.deepEqual(round(watch, [0, 40 * hourMs]), [])
  for (const agent of fleet) gaps.set(agent, 62.5 * hourMs)
  const found = round(watch, [102 * hourMs, 130 * hourMs])
  assert.deepEqual(
    found.map(({ source }) => source),
    [true],
  )
  const [after, ...more] = round(watch, [130 * hourMs, 150 * hourMs], fleet.slice(1))
  assert.deepEqual([after?.who, after?.source, more], ['ada', false, []])
  assert.ok((after?.at ?? 999) < 137, `${after?.at}`)
})

test('promise 19: two outages in a week are two findings on the source, and neither teaches an agent', () => {
  gaps.clear()
  const watch = new SilenceWatch()
  assert.deepEqual(round(watch, [0, 20 * hourMs]), [])
  for (const agent of fleet) gaps.set(agent, 12.5 * hourMs)
  const first = round(watch, [32 * hourMs, 80 * hourMs])
  // The second is the longer one, so profiles go up again.
  for (const agent of fleet) gaps.set(agent, 20.5 * hourMs)
  const second = round(watch, [100 * hourMs, 150 * hourMs])
  assert.deepEqual(
    [first, second].map((found) => found.map(({ source }) => source)),
    [[true], [true]],
  )
  const [after, ...more] = round(watch, [150 * hourMs, 180 * hourMs], fleet.slice(1))
  assert.deepEqual([after?.who, after?.source, more], ['ada', false, []])
  assert.ok((after?.at ?? 999) < 157, `${after?.at}`)
})

test('promise 19: a source that comes two days late is one finding, taken back, and accuses nobody then or later', () => {
  gaps.clear()
  let watch = new SilenceWatch()
  round(watch, [0, 20 * hourMs])
  const shown: SilentAgent[] = []
  const sayAt = (agent: string, time: number, logTime: number) => {
    watch = SilenceWatch.fromState(watch.toState())
    const silence = lateAt(watch, agent, time, logTime)
    if (silence !== undefined) shown.push(silence)
  }
  for (let at = 20 * hourMs; at < 68 * hourMs; at += hourMs / 2) for (const agent of onTime) sayAt(agent, at, at)
  assert.deepEqual(
    shown.map(({ source, withdrawn }) => [source?.names, withdrawn]),
    [[late, undefined]],
  )
  // All of two days within an hour, while the others go on.
  for (let at = 20 * hourMs; at < 68 * hourMs; at += hourMs / 2) for (const agent of late) sayAt(agent, at, 68 * hourMs)
  for (let at = 68 * hourMs; at < 90 * hourMs; at += hourMs / 2) for (const agent of fleet) sayAt(agent, at, at)
  assert.deepEqual(
    shown.map(({ source, withdrawn }) => [source?.names, withdrawn]),
    [
      [late, undefined],
      [late, true],
    ],
  )
})
