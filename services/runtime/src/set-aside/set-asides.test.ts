import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SetAside } from '@straylight/schemas/set-aside'
import { logFaults } from '../log/log-faults.ts'
import { StoreError } from '../store/store-error.ts'
import { setAsideRecord } from './set-aside-record.ts'
import { SetAsides, type StageFault } from './set-asides.ts'

// Promise 10: a record that a stage can't work with is set aside; a world that fails still stops the stage.

const record = {
  topic: 'agent.findings.v1',
  partition: 0,
  offset: 7,
  timestamp: 1_790_000_000_000,
  value: Buffer.from('x'),
}
const reported = (asides: SetAsides) => asides.take().map(({ value }) => SetAside.parse(JSON.parse(String(value))))
const failing = (error: unknown) => () => {
  throw error
}

test('a fault of pure work sets its record aside, is reported, and gives nothing; the next record is worked on', () => {
  const faults: StageFault[] = []
  const asides = new SetAsides('respond', (fault) => faults.push(fault))
  assert.equal(asides.guard(record, failing(new TypeError('broken \ud800\n\u202e'))), undefined)
  assert.equal(
    asides.guard({ ...record, offset: 8 }, () => 'done'),
    'done',
  )
  const [aside, ...more] = reported(asides)
  assert.equal(more.length, 0)
  assert.deepEqual([aside?.code, aside?.place.offset, faults.length], ['stage_fault', 7, 1])
  assert.match(aside?.reason ?? '', /^respond failed on it: TypeError: broken \ufffd/)
  assert.doesNotMatch(aside?.reason ?? '', /[\n\u202e]/)
  assert.deepEqual(reported(asides), [], 'reported once')
})

test('what fails in the store or the scoring engine is no fault of the record and passes through', () => {
  const asides = new SetAsides('score')
  const engine = Object.assign(new Error('out of bounds'), { name: 'RuntimeError' })
  for (const error of [new StoreError('q', Object.assign(new Error('away'), { code: 'ECONNREFUSED' })), engine])
    assert.throws(
      () => asides.guard(record, failing(error)),
      (thrown) => thrown === error,
    )
  assert.deepEqual(asides.take(), [])
})

test('what is thrown need not be an error', () => {
  const asides = new SetAsides('baseline')
  for (const thrown of [undefined, null, 'text', { toString: 1 }, Object.create(null), Symbol('x')])
    asides.guard(record, failing(thrown))
  assert.equal(reported(asides).length, 6)
})

test('the same record and reason are the same message; of a long one the first 64 KiB are kept, with its whole measure', () => {
  const long = { ...record, value: Buffer.alloc(1_000_000, 'y') }
  const why = { code: 'unreadable', reason: 'r'.repeat(5_000) } as const
  assert.deepEqual(setAsideRecord('score', long, why), setAsideRecord('score', long, why))
  const aside = SetAside.parse(JSON.parse(String(setAsideRecord('score', long, why).value)))
  assert.equal(aside.length_bytes, 1_000_000)
  assert.equal(Buffer.from(aside.head_base64, 'base64').length, 65_536)
})

test('a kind of fault is logged once, with the first record that showed it, and kinds are bounded', () => {
  const lines: object[] = []
  const tell = logFaults({ error: (line: object) => void lines.push(line) } as Parameters<typeof logFaults>[0])
  const at = (stack: string) => Object.assign(new Error('it quotes what it met'), { stack: `Error\n    at ${stack}` })
  const place = { stage: 'score', topic: 't', partition: 0 } as const
  for (let offset = 0; offset < 5; offset++) tell({ ...place, offset, error: at('one.ts:1') })
  tell({ ...place, offset: 9, error: at('other.ts:1') })
  assert.deepEqual(
    lines.map((line) => (line as { offset: number }).offset),
    [0, 9],
  )
  for (let n = 0; n < 1_000; n++) tell({ ...place, offset: n, error: at(`kind-${n}.ts:1`) })
  assert.ok(lines.length <= 200)
})
