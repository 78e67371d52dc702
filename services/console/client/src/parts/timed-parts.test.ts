import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timedParts } from './timed-parts.ts'

const at = (iso: string) => Date.parse(iso)

test('whole times of a sentence are taken out of it, in either form', () => {
  assert.deepEqual(
    timedParts('Its credential was revoked at 2026-11-20 09:12 UTC, and expires at 2026-11-20T10:00:00.000Z.'),
    [
      { text: 'Its credential was revoked at ' },
      { ms: at('2026-11-20T09:12:00Z'), shows: 'minutes' },
      { text: ', and expires at ' },
      { ms: at('2026-11-20T10:00:00Z'), shows: 'seconds' },
      { text: '.' },
    ],
  )
})

const alert = { first_seen: at('2026-11-19T23:50:07Z'), approval_deadline: at('2026-11-20T00:45:30Z') }

test('an hour and minute is of the day that the alert says', () => {
  assert.deepEqual(timedParts('2 findings since 23:50 UTC. It waits until 00:45 UTC.', alert), [
    { text: '2 findings since ' },
    { ms: at('2026-11-19T23:50:00Z'), shows: 'clock' },
    { text: '. It waits until ' },
    { ms: at('2026-11-20T00:45:00Z'), shows: 'clock' },
    { text: '.' },
  ])
})

test('habits are said in UTC, and what is no time stays as it is', () => {
  for (const text of [
    'makes its most usual call on a weekend between 03:00 and 06:00 UTC',
    'worked on ledger at 03:00 UTC on a Sunday',
    'since 99:99 UTC',
    '2026-99-99 09:12 UTC',
    '2026-11-20 09:12',
  ])
    assert.deepEqual(timedParts(text, alert), [{ text }])
  for (const text of ['3 findings since 10:00 UTC', 'waits until 10:00 UTC'])
    assert.deepEqual(timedParts(text, text.startsWith('3') ? undefined : { ...alert, approval_deadline: null }), [
      { text },
    ])
})

test('no text loses anything but its times, however its pieces stand', () => {
  const pieces = [
    ' UTC',
    'since 10:00 UTC',
    '2026-11-20 09:12 UTC',
    'until ',
    '10:00 UTC',
    '2026-11-20T09:12:00.123Z',
    'x',
  ]
  for (const one of pieces)
    for (const other of pieces)
      for (const third of pieces) {
        const text = one + other + third
        const parts = timedParts(text, alert)
        let from = 0
        for (const part of parts) {
          if (!('text' in part)) assert.ok(Number.isFinite(part.ms), text)
          else {
            const found = text.indexOf(part.text, from)
            assert.ok(found >= 0, text)
            from = found + part.text.length
          }
        }
      }
})
