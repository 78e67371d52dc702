import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { NewRecord } from '@straylight/runtime/log/log'
import { hourMs } from '@straylight/schemas/duration'
import { type Rejection, Rejection as RejectionSchema } from '@straylight/schemas/rejection'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import { openEmbeddedRun, recordsOfTopic } from '../test-support/embedded-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'

// Promise 5: a bad record never stops a stage; it is in the rejected topic with its reason, place, length, SHA-256 and head.

const start = Date.parse('2026-03-12T08:00:00Z')
const native = (change: object) =>
  JSON.stringify({ time: '2026-03-12T08:00:00Z', agent: 'a', system: 's', action: 'x', ...change })

/** What no shipper should send, and the code it is reported under. */
const bad: readonly (readonly [what: string, value: Buffer | string, code: Rejection['code']])[] = [
  ['nothing', '', 'not_json'],
  ['cut off', '{"time":"2026-03-1', 'not_json'],
  ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'not_utf8'],
  ['NUL bytes', '\0\0\0\0', 'not_json'],
  ['a number', '42', 'unknown_format'],
  ['an unknown form', '{"hello":"world"}', 'unknown_format'],
  ['deeper than anything', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'too_deep'],
  ['as large as the log takes', `"${'x'.repeat(1_000_000)}"`, 'unknown_format'],
  ['a wrong type', native({ records: 'many' }), 'invalid_field'],
  ['negative bytes', native({ bytes_sent: -1 }), 'invalid_field'],
  ['absurd bytes', native({ bytes_sent: 1e300 }), 'invalid_field'],
  ['from 1970', native({ time: '1970-01-01T00:00:00Z' }), 'time_out_of_range'],
  ['from 2099', native({ time: '2099-01-01T00:00:00Z' }), 'time_out_of_range'],
  ['a name of 10 kB', native({ agent: 'n'.repeat(10_000) }), 'invalid_field'],
]

test('between bad records, good ones are scored; each bad one is reported with all that finds it again', async () => {
  const run = await openEmbeddedRun({ partitions: 1, now: () => start + hourMs })
  try {
    const records: NewRecord[] = bad.flatMap(([what, value], at) => [
      { topic: topics.audit.name, key: 'bad', value, headers: { origin: `${what}.log:7` } },
      nativeRecord({ id: `good-${at}`, agent: 'a', time: start + at * 1_000 }),
    ])
    await run.log.append(records)
    await run.drain()
    const rejections = (await recordsOfTopic(run.log, topics.rejected.name)).map((text) =>
      RejectionSchema.parse(JSON.parse(text)),
    )
    assert.deepEqual(
      rejections.map(({ code, origin }) => [code, origin]),
      bad.map(([what, , code]) => [code, `${what}.log:7`]),
    )
    for (const [at, rejection] of rejections.entries()) {
      const value = Buffer.from(bad[at]?.[1] ?? '')
      assert.deepEqual(rejection.position, { topic: topics.audit.name, partition: 0, offset: at * 2, index: 0 })
      assert.equal(rejection.length_bytes, value.length)
      assert.equal(rejection.sha256, createHash('sha256').update(value).digest('hex'))
      assert.deepEqual(Buffer.from(rejection.head_base64, 'base64'), value.subarray(0, 65_536))
      assert.ok(rejection.reason.length > 10, rejection.reason)
    }
    const count = { name: 'test: rows', row: z.object({ events: z.number(), rejections: z.number() }) }
    const sql =
      'SELECT (SELECT count() FROM events FINAL) AS events, (SELECT count() FROM rejections FINAL) AS rejections'
    assert.deepEqual(await run.store.query({ ...count, sql }, {}), [{ events: bad.length, rejections: bad.length }])
  } finally {
    await run.close()
  }
})

test('what somebody else writes into a topic of ours stops no stage', async () => {
  const scored: string[] = []
  const run = await openEmbeddedRun({
    partitions: 1,
    now: () => start + hourMs,
    score: { onJudgement: ({ observed }) => void scored.push(observed.event.id) },
  })
  // Not the alerts: they are respond's memory, and with a hole in it a command might go out twice; so it says where and ends.
  const ours = [topics.events, topics.credentials, topics.findings, topics.verdicts, topics.results]
  const foreign = ['', '{', 'null', '[]', '{}', '"text"', '{"id":7,"position":null}', '{"version":-1}', '\0']
  try {
    for (const { name } of [...ours, topics.sessions, topics.revocations, topics.rejected])
      for (const headers of [{}, { type: 'marker' }])
        await run.log.append(foreign.map((value) => ({ topic: name, partition: 0, key: 'x', value, headers })))
    await run.log.append([nativeRecord({ id: 'good', agent: 'a', time: start })])
    await run.drain()
    assert.deepEqual(scored, ['good'])
    for (const stage of ['ingest', 'baseline', 'score', 'respond'] as const) await run.restart(stage)
    await run.log.append([nativeRecord({ id: 'after', agent: 'a', time: start + 1_000 })])
    await run.drain()
    assert.deepEqual(scored, ['good', 'after'])
  } finally {
    await run.close()
  }
})
