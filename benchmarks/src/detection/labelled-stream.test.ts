import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { agentEventsOf } from './agent-events-of.ts'
import { findLabelledStreams, readLabelledStream } from './labelled-stream.ts'
import { movingWorld } from './moving-world.ts'
import { nativeEventOf } from './native-event-of.ts'
import type { StreamEvent, StreamLabel } from './stream-event.ts'
import { firstSessions, testPartOf, variants, warmUpOf } from './variant.ts'

const event = (id: string, more: Partial<StreamEvent> = {}): StreamEvent => ({
  ...{ id, ts: '2026-03-02T08:00:00.000Z', agent: 'a', session: 's1', system: 'bank', action: 'pay' },
  ...{ bytes_out: 10, bytes_in: 20, outcome: 'ok' },
  ...more,
})
const label = (id: string, more: Partial<StreamLabel> = {}): StreamLabel => ({
  ...{ id, session: 's1', phase: 'test', label: 'benign', session_label: 'clean', sparse: true },
  ...more,
})

test('nativeEventOf puts values under their argument and calls an omitted output a success', () => {
  const native = nativeEventOf(
    event('e', {
      outcome: 'omitted',
      dest: ['DE12'],
      arg_keys: ['amount', 'to'],
      arg_values: ['d:1', 'a:2', 'a:3', 'x:4'],
      arg_slot: [0, 1, 1, 7],
      result_values: ['a:5'],
    }),
  )
  assert.equal(native.outcome, 'success')
  assert.deepEqual(native.argument_values, { amount: ['d:1'], to: ['a:2', 'a:3'], argument: ['x:4'] })
  assert.deepEqual(native.destinations, ['DE12'])
  assert.equal(nativeEventOf(event('e')).argument_values, undefined)
  assert.deepEqual(
    ['ok', 'error', 'denied'].map((outcome) => nativeEventOf(event('e', { outcome } as StreamEvent)).outcome),
    ['success', 'failure', 'denied'],
  )
})

test('agentEventsOf gives what ingest reads, in order of time', () => {
  const later = event('later', { ts: '2026-03-02T09:00:00.000Z', request_values: ['n:9'] })
  const [first, second] = agentEventsOf([
    later,
    event('first', { arg_keys: ['n'], arg_values: ['d:1'], arg_slot: [0] }),
  ])
  assert.deepEqual([first?.id, second?.id], ['first', 'later'])
  assert.equal(first?.time, Date.UTC(2026, 2, 2, 8))
  assert.deepEqual(first?.argument_values, { n: ['d:1'] })
  assert.deepEqual(second?.request_values, ['n:9'])
  assert.equal(first?.format, 'native')
})

test('without provenance nothing is left of the values', () => {
  const [given] = agentEventsOf([event('e', { arg_values: ['d:1'], result_values: ['a:1'], request_values: ['a:2'] })])
  const variant = variants.find(({ name }) => name === 'without provenance')
  const [stripped] = variant?.apply(given ? [given] : [], { name: '', events: [], labels: new Map() }) ?? []
  assert.ok(stripped && given)
  assert.ok(given.argument_values && given.result_values && given.request_values)
  assert.deepEqual(
    Object.keys(stripped).filter((key) => key.endsWith('_values')),
    [],
  )
  assert.deepEqual(stripped.destinations, given.destinations)
})

test('firstSessions cuts warm-up sessions an agent and leaves the test part whole', () => {
  const rows = ['s1', 's1', 's2', 's3', 's2'].map((session, at) => ({ id: `w${at}`, session }))
  const labels = new Map(rows.map(({ id, session }) => [id, label(id, { session, phase: 'warmup' })]))
  labels.set('t', label('t', { session: 's9', sparse: false }))
  const events = agentEventsOf([
    ...rows.map(({ id, session }) => event(id, { session })),
    event('t', { session: 's9' }),
  ])
  const cut = firstSessions(events, labels, 2)
  assert.deepEqual(
    cut.map(({ id }) => id),
    ['w0', 'w1', 'w2', 'w4', 't'],
  )
  assert.deepEqual(warmUpOf(cut, labels).length, 4)
  assert.deepEqual(testPartOf(cut, labels, 'all').length, 1)
  assert.deepEqual(testPartOf(cut, labels, 'sparse').length, 0)
})

test('movingWorld renames about half of what outputs carry, alike within a session and differently between them', () => {
  const values = Array.from({ length: 200 }, (_, at) => `e:${at}`)
  const use = (id: string, session: string) => [
    event(`${id}-out`, { session, result_values: values }),
    ...values.map((value, at) =>
      event(`${id}-${at}`, {
        session,
        arg_keys: ['to'],
        arg_values: [value],
        arg_slot: [0],
        dest: [`m${at}@mail.example`],
      }),
    ),
    event(`${id}-x`, { session, arg_values: ['n:mine'], request_values: ['n:mine'], dest: ['plain'] }),
  ]
  const given = [...use('one', 's1'), ...use('two', 's2')]
  const moved = movingWorld(given)
  assert.deepEqual(
    moved.map(({ id, session, bytes_out }) => ({ id, session, bytes_out })),
    given.map(({ id, session, bytes_out }) => ({ id, session, bytes_out })),
  )
  const byId = new Map(moved.map((each) => [each.id, each]))
  const changed = values.filter((value, at) => byId.get(`one-${at}`)?.arg_values?.[0] !== value)
  assert.ok(changed.length > 60 && changed.length < 140, `${changed.length} of 200 moved`)
  for (const [at, value] of values.entries()) {
    const one = byId.get(`one-${at}`)
    const two = byId.get(`two-${at}`)
    // The output and the argument that took it stay one value.
    assert.equal(one?.arg_values?.[0], byId.get('one-out')?.result_values?.[at])
    const moves = changed.includes(value)
    assert.equal(one?.arg_values?.[0] !== two?.arg_values?.[0], moves)
    assert.equal(one?.dest?.[0] !== `m${at}@mail.example`, moves)
    assert.match(one?.arg_values?.[0] ?? '', /^e:/)
    assert.match(one?.dest?.[0] ?? '', /^[^@]+@[^@]+\.example$/)
  }
  assert.deepEqual(byId.get('one-x')?.arg_values, ['n:mine'])
  assert.deepEqual(byId.get('one-x')?.dest, ['plain'])
})

test('streams are found in a folder and read; what is wrong is reported with file and line', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-streams-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  const write = (name: string, lines: readonly object[]) =>
    writeFile(join(folder, `${name}.ndjson.gz`), gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join('')))
  await write('good.events', [event('e')])
  await write('good.labels', [label('e')])
  await write('other.events', [{ id: 'e' }])
  await write('other.labels', [{ id: 'e', label: 1 }])
  await write('alone.events', [event('e')])
  await write('bare.events', [event('e'), event('f')])
  await write('bare.labels', [label('e')])
  await write('bad.events', [event('e'), { ...event('f'), outcome: 'maybe' }])
  await write('bad.labels', [label('e'), label('f')])
  assert.deepEqual(await findLabelledStreams(folder), { names: ['bad', 'bare', 'good'], passedOver: ['other'] })
  const good = await readLabelledStream(folder, 'good')
  assert.deepEqual(good.events, [event('e')])
  assert.deepEqual(good.labels.get('e'), label('e'))
  await assert.rejects(readLabelledStream(folder, 'bad'), /bad\.events\.ndjson\.gz, line 2: outcome/)
  await assert.rejects(readLabelledStream(folder, 'bare'), /no label for event f/)
  await assert.rejects(readLabelledStream(folder, 'none'), /none\.events\.ndjson\.gz: can't be read/)
  await assert.rejects(findLabelledStreams(join(folder, 'nowhere')), /--data .*nowhere/)
})
