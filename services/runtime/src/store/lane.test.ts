import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClickHouseClient } from '@clickhouse/client'
import { idlest, Lane } from './lane.ts'

const client = {} as ClickHouseClient

test('a call goes to the lane in which the fewest wait, and one that failed waits no more', async () => {
  const lanes = [new Lane(client, 1, 0), new Lane(client, 1, 0)]
  const [first, second] = lanes as [Lane, Lane]
  let end = () => {}
  const held = first.call('held', () => new Promise<void>((resolve) => (end = resolve)))
  assert.equal(idlest(lanes), second)
  const failing = second.call('failing', () => Promise.reject(new Error('refused')))
  const behind = second.call('behind', async () => 1)
  assert.equal(idlest(lanes), first)
  await assert.rejects(failing)
  assert.equal(await behind, 1)
  assert.equal(idlest(lanes), second)
  end()
  await held
  assert.equal(idlest(lanes), first)
})

test('calls of a lane go one after the other, in their order', async () => {
  const lane = new Lane(client, 1, 0)
  const order: number[] = []
  const call = (number: number) =>
    lane.call(String(number), async () => {
      await Promise.resolve()
      order.push(number)
    })
  await Promise.all([call(1), call(2), call(3)])
  assert.deepEqual(order, [1, 2, 3])
})
