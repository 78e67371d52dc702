import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SessionValues } from '../provenance/session-values.ts'
import type { OpenSession } from './open-session.ts'
import { OpenSessions } from './open-sessions.ts'

/** Also what no name should be: empty, two bytes a unit, half of a surrogate pair, alike but for case. */
const name = fc.constantFrom('run-1', 'run-2', '', '~key', 'Läufe', '执行', '\ud83d', 'RUN-1')
const whole = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 2 ** 50 }))
const number = fc.double({ noNaN: true })
const mark = fc.boolean()

const values = fc
  .array(fc.array(fc.constantFrom('e:1', 'a:2', 'ü:3', '"\ud83d'), { maxLength: 3 }), { maxLength: 3 })
  .map((calls) => {
    const made = new SessionValues()
    for (const [at, returned] of calls.entries())
      made.addCall({ at, event: `e${at}`, step: 'erp/read', root: 'ambient', context: [], used: [], returned }, true)
    return made
  })

const session: fc.Arbitrary<OpenSession> = fc.record({
  session: name,
  started_at: whole,
  last_time: number,
  events: whole,
  previous_step: name,
  previous_step_2: name,
  bytes_sent: whole,
  bytes_received: whole,
  values: fc.option(values),
  score: fc.option(fc.record({ highest_score: number, highest_risk: number, strayed: mark })),
  surprise: fc.option(fc.record({ highest: number, highest_without_provenance: number, strayed: mark })),
})

interface Change {
  readonly what: 'use' | 'end' | 'compact' | 'restore' | 'forget'
  readonly key: string
  readonly session: OpenSession
  readonly most: number
}

const what = fc.constantFrom<Change['what'][]>(
  'use',
  'use',
  'use',
  'use',
  'end',
  'compact',
  'compact',
  'restore',
  'forget',
)
const change: fc.Arbitrary<Change> = fc.record({ what, key: name, session, most: fc.integer({ min: 1, max: 3 }) })

test('open sessions are those of a reference map in order of use, at rest or not, and after a checkpoint', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      let sessions = new OpenSessions()
      const reference = new Map<string, OpenSession>()
      for (const one of changes) {
        if (one.what === 'compact') sessions.compact()
        else if (one.what === 'restore') sessions = OpenSessions.fromState(sessions.toState())
        else if (one.what === 'forget') forgetInReference(reference, one.most, sessions)
        else if (one.what === 'end') endOldest(reference, sessions)
        else use(reference, sessions, one)
        assert.deepEqual([...sessions].map(reported), [...reference].map(reported))
        assert.equal(sessions.size, reference.size)
        for (const key of ['run-1', '', '\ud83d']) {
          assert.equal(sessions.has(key), reference.has(key))
          assert.deepEqual(
            sessions.peek(key) && reported([key, sessions.peek(key)!]),
            reference.has(key) ? reported([key, reference.get(key)!]) : undefined,
          )
        }
      }
      const state = sessions.toState()
      sessions.compact()
      assert.equal(sessions.toState(), state)
    }),
  )
})

/** A session that is open goes on: one event more. One that is not begins as given. */
function use(reference: Map<string, OpenSession>, sessions: OpenSessions, { key, session }: Change): void {
  const known = sessions.take(key)
  const expected = reference.get(key)
  assert.equal(known === undefined, expected === undefined)
  reference.delete(key)
  reference.set(key, copyOf(expected ?? session))
  sessions.put(key, known ?? copyOf(session))
  for (const one of [reference.get(key), known]) if (one) one.events++
  if (known === undefined) (reference.get(key) as OpenSession).events = session.events
}

function endOldest(reference: Map<string, OpenSession>, sessions: OpenSessions): void {
  const [oldest] = reference
  if (oldest === undefined) assert.equal(sessions.removeOldest(), undefined)
  else assert.deepEqual(reported(['', sessions.removeOldest() as OpenSession]), reported(['', oldest[1]]))
  if (oldest !== undefined) reference.delete(oldest[0])
}

function forgetInReference(reference: Map<string, OpenSession>, most: number, sessions: OpenSessions): void {
  const remembering = [...reference.values()].filter(({ values }) => values !== null && values.size > 0)
  for (const { values } of remembering.slice(0, Math.max(0, remembering.length - most + 1))) values?.forgetAll()
  sessions.keepValuesOf(most)
}

const reported = ([key, session]: readonly [string, OpenSession]) => [
  key,
  { ...session, values: session.values?.toState() ?? null },
]
const copyOf = (session: OpenSession): OpenSession => ({
  ...session,
  values: session.values && SessionValues.fromState(structuredClone(session.values.toState())),
  score: session.score && { ...session.score },
  surprise: session.surprise && { ...session.surprise },
})

test('bytes that end within a session are refused', () => {
  const sessions = new OpenSessions()
  const [made] = fc.sample(session, { numRuns: 1, seed: 1 })
  sessions.put('run-1', made!)
  const bytes = Buffer.from(sessions.toState(), 'base64')
  for (let length = 1; length < bytes.length; length++)
    assert.throws(() => OpenSessions.fromState(bytes.subarray(0, length).toString('base64')), RangeError)
})
