import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import fc from 'fast-check'
import { sampleFindingOf } from '../../test-support/finding-of.ts'
import { alertOfFinding } from '../alert/alert-of-finding.ts'
import {
  afterProcessing,
  type FoundAt,
  isProcessed,
  noPositions,
  type ProcessedPositions,
} from './processed-positions.ts'
import { createTurnJournal } from './turn-journal.ts'

// Promise 12: a flood is written once an alert. Promise 2: whatever first part of a turn is written, what it holds is taken and what it does not hold is read again.

const happening = fc.record({
  alert: fc.nat(4),
  kind: fc.constantFrom('evidence', 'evidence', 'evidence', 'change', 'nothing', 'ordered', 'sends'),
  partition: fc.nat(1),
  /** Up to so many places back, as findings of agents that waited for their profiles. */
  late: fc.nat(3),
})

interface ReportedFinding {
  readonly at: FoundAt
  readonly alert: string
  readonly kind: string
}

const alertOf = (at: number): Alert => {
  const finding = sampleFindingOf(0, { target: `t${at}` })
  return alertOfFinding(finding, { tenant: 'acme', agent: 'bot', cause: finding.cause, target: `t${at}` })
}

/** The happenings as findings; those of a partition come in the order of their places, but for some that are late. */
function findingsOf(
  happenings: readonly { alert: number; kind: string; partition: number; late: number }[],
): ReportedFinding[] {
  const reported: ReportedFinding[] = []
  for (const partition of [0, 1]) {
    const own = happenings.flatMap((one, index) => (one.partition === partition ? [{ one, index }] : []))
    const places = own.map((_, at) => at).sort((a, b) => a + (own[a]?.one.late ?? 0) - (b + (own[b]?.one.late ?? 0)))
    places.forEach((offset, at) => {
      const open = Math.min(...places.slice(at))
      const log = { topic: 'agent.events.v1', partition, offset }
      const given = own[at]
      if (given !== undefined)
        reported[given.index] = {
          at: { log, open_from: open === offset ? undefined : open },
          alert: alertOf(given.one.alert).id,
          kind: given.one.kind,
        }
    })
  }
  return reported
}

test('promise 2: any first part of a turn covers the findings that it holds, and no others', () => {
  fc.assert(
    fc.property(fc.array(happening, { minLength: 1, maxLength: 40 }), (happenings) => {
      const reported = findingsOf(happenings)
      let processed: ProcessedPositions = noPositions()
      const journal = createTurnJournal(
        () => processed,
        (alert) => alert,
      )
      const counts = new Map<string, number>()
      for (const [index, { at, alert: id, kind }] of reported.entries()) {
        processed = afterProcessing(processed, at)
        if (kind === 'nothing') {
          journal.took(at)
          continue
        }
        counts.set(id, (counts.get(id) ?? 0) + 1)
        const alert = { ...alertOf(happenings[index]?.alert ?? 0), finding_count: counts.get(id) ?? 0 }
        if (kind === 'evidence') journal.defer(alert, at)
        else journal.write(alert, { found: at, sends: kind === 'sends', inOrder: kind !== 'change' })
      }
      const entries = journal.end()
      for (let length = 0; length <= entries.length; length++) {
        const part = entries.slice(0, length)
        const state = part.at(-1)?.state.processed ?? noPositions()
        const held = new Map(part.map(({ alert }) => [alert.id, alert.finding_count]))
        const seen = new Map<string, number>()
        for (const { at, alert, kind } of reported) {
          const order = (seen.get(alert) ?? 0) + 1
          if (kind === 'nothing') continue
          seen.set(alert, order)
          assert.equal(isProcessed(state, at), order <= (held.get(alert) ?? 0))
        }
      }
      const last = entries.at(-1)?.state.processed
      if (last !== undefined)
        for (const { at, kind } of reported) if (kind !== 'nothing') assert.ok(isProcessed(last, at))
    }),
    { numRuns: 2_000 },
  )
})

test('evidence of alerts in turns is one entry an alert, and one with a command stays as it was decided', () => {
  const journal = createTurnJournal(noPositions, (alert) => alert)
  const at = (offset: number): FoundAt => ({ log: { topic: 'agent.events.v1', partition: 0, offset } })
  for (let offset = 0; offset < 1_000; offset++) {
    const alert = { ...alertOf(offset % 10), revision: offset + 1 }
    if (offset === 500) journal.write(alert, { found: at(offset), sends: true, inOrder: true })
    else journal.defer(alert, at(offset))
  }
  const entries = journal.end()
  // Nine before the command, the command, and all ten after it.
  assert.deepEqual(
    entries
      .map(({ alert }) => alert.revision)
      .slice(9)
      .toSorted((one, other) => one - other),
    [501, 991, 992, 993, 994, 995, 996, 997, 998, 999, 1000],
  )
  assert.equal(entries.length, 20)
})
