import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs, hourMs, minuteMs } from '@straylight/schemas/duration'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { judgingContextOf, keyOf } from '../../test-support/judging-context-of.ts'
import { Profile } from '../profile/profile.ts'
import type { JudgingContext } from '../scoring/judge.ts'
import { ScoringModel } from '../scoring/scoring-model.ts'
import { openTensorBackend } from '../scoring/tensor-backend.ts'
import { hypotheticalCall } from './hypothetical-call.ts'
import { judgeHypothesis } from './judge-hypothesis.ts'
import { type WouldAlert, wouldAlert } from './would-alert.ts'

const agents = ['bot', 'peer', 'third']
/** Sixty days of office hours: each day a session of twelve calls that read and write. */
const history = Array.from({ length: 60 }, (_none, day) =>
  agents.flatMap((agent) =>
    Array.from({ length: 12 }, (_never, at) =>
      eventOf({
        ...{
          agent,
          session: `${agent}-${day}`,
          system: 'crm',
          action: at % 3 === 2 ? 'contacts.write' : 'contacts.read',
        },
        ...{ time: noon + day * dayMs + at * 5 * minuteMs, bytes_sent: 300 + 7 * at, bytes_received: 2_000 + 31 * day },
        ...{ destinations: ['crm.acme.example'], outcome: 'success', argument_names: ['id'] },
      }),
    ),
  ),
).flat()

let judging: JudgingContext
let state: string
const usual = history.filter(({ agent }) => agent === 'bot').at(-2) as AgentEvent
before(async () => {
  await openTensorBackend('wasm')
  const text = await readFile(new URL('../../artifacts/default.json', import.meta.url), 'utf8')
  const made = judgingContextOf(history, agents, { artifact: ScoringModel.parse(JSON.parse(text), 'default.json') })
  judging = made.judging
  state = made.profiles.get(keyOf({ tenant: 'acme', agent: 'bot' }))?.toState() ?? ''
})

const asked = (profile = () => Profile.fromState(state)): WouldAlert[] => [
  ...wouldAlert({ judging, profile, usual: [usual], from: usual.time }),
]
const answerOf = (answers: readonly WouldAlert[], deed: RegExp): WouldAlert =>
  answers.find((answer) => deed.test(answer.deed)) ?? assert.fail(`no answer ${deed}`)

test('its most usual call does not alert; what no agent here does, does, with a reason', () => {
  const answers = asked()
  assert.deepEqual([answers[0]?.kind, answers[0]?.alerts], ['usual', false])
  const exfiltration = answerOf(answers, /uses a new system, and sends/)
  assert.equal(exfiltration.alerts, true)
  assert.match(exfiltration.reason ?? '', /never/)
  assert.equal(answerOf(answers, /opens something to everybody/).alerts, true)
})

test('an amount that is said to alert does, and a quarter octave less does not', () => {
  const { deed, alerts } = answerOf(asked(), /^sends .* in one call/)
  assert.ok(alerts, deed)
  const [, number = '', unit = ''] = /^sends ([\d.]+) (\w+) or more/.exec(deed) ?? []
  const amount = Number(number) * 1000 ** ['B', 'kB', 'MB', 'GB', 'TB'].indexOf(unit)
  const judgedWith = (bytes_sent: number) =>
    judgeHypothesis({ judging, profile: () => Profile.fromState(state) }, [
      hypotheticalCall(usual, usual.time + 7 * dayMs + hourMs, { bytes_sent: Math.round(bytes_sent) }),
    ]).alerts
  assert.deepEqual([judgedWith(amount * 1.3), judgedWith(amount / 2)], [true, false])
})

test('asking changes nothing: the same answers again, and the profile as it was', () => {
  const profile = Profile.fromState(state)
  const answers = asked()
  assert.deepEqual(asked(), answers)
  assert.equal(profile.toState(), Profile.fromState(state).toState())
})

test('an agent of which nobody knows anything: nothing is new there, and only what is wrong whatever is usual may alert', () => {
  const nobody: AgentEvent = { ...usual, tenant: 'elsewhere', agent: 'newcomer' }
  const answers = [...wouldAlert({ judging, profile: () => new Profile(), usual: [nobody], from: usual.time })]
  for (const { kind, alerts, deed } of answers)
    if (kind !== 'where' && kind !== 'together') assert.equal(alerts, false, deed)
})
