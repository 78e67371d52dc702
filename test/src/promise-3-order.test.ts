import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventReader } from '@straylight/events/event-reader'
import { hourMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'
import fc from 'fast-check'
import { openEmbeddedRun } from '../test-support/embedded-run.ts'
import { nativeRecord } from '../test-support/native-line.ts'

// Promise 3: order is kept per agent within a source partition, also through crashes between writing and committing.

const start = Date.parse('2026-03-12T08:00:00Z')
const agents = ['one', 'two', 'three', 'four', 'five', 'six']

/** Agents of the records in the order in which they are sent; `crash` lets the next turn of ingest die before its commit. */
const shipment = fc.array(
  fc.record({ agents: fc.array(fc.constantFrom(...agents), { minLength: 1, maxLength: 30 }), crash: fc.boolean() }),
  { minLength: 1, maxLength: 6 },
)

test('however ingest dies, the events of an agent are read in the order in which its records were sent', async () => {
  const run = await openEmbeddedRun({ partitions: 3, now: () => start + hourMs })
  const sent = new Map<string, string[]>()
  let count = 0
  let crashes = 0
  try {
    await fc.assert(
      fc.asyncProperty(shipment, async (parts) => {
        for (const part of parts) {
          const records = part.agents.map((agent) => {
            const id = `e${count++}`
            sent.set(agent, [...(sent.get(agent) ?? []), id])
            return nativeRecord({ id, agent, time: start + count })
          })
          await run.log.append(records)
          run.crash.afterAppend = () => {
            if (part.crash) throw new Error('killed')
          }
          await run.step('ingest').catch(() => undefined)
          run.crash.afterAppend = () => undefined
          if (part.crash) {
            crashes++
            await run.restart('ingest')
          }
        }
        await run.drain(['ingest'])
        assert.deepEqual(await eventsByAgent(), sent)
      }),
      { numRuns: 25 },
    )
    assert.ok(crashes > 10, `${crashes} crashes`)
  } finally {
    await run.close()
  }

  /** What readers of the topic get, in their order. */
  async function eventsByAgent(): Promise<Map<string, string[]>> {
    const read = new Map<string, string[]>()
    const reader = new EventReader()
    for (let partition = 0; partition < 3; partition++) {
      const place = { topic: topics.events.name, partition }
      const records = []
      for await (const record of run.log.read(place, 0, await run.log.endOffset(place))) records.push(record)
      for (const item of reader.take({ partition, records })) {
        if (item.kind === 'event') read.set(item.event.agent, [...(read.get(item.event.agent) ?? []), item.event.id])
      }
    }
    assert.ok(reader.redelivered > 0 || crashes === 0, 'what came twice is dropped')
    return new Map([...sent.keys()].map((agent) => [agent, read.get(agent) ?? []]))
  }
})
