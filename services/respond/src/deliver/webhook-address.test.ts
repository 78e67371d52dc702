import assert from 'node:assert/strict'
import { test } from 'node:test'
import { webhookAddress } from './webhook-address.ts'

const inside = [
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '::1',
  'fe80::1',
  'fd00::1',
  '::ffff:10.0.0.1',
  '64:ff9b::a00:1',
]

test('every private, local, shared and special range is refused, by name and as a literal', async () => {
  for (const address of inside) {
    const family = address.includes(':') ? 6 : 4
    const byName = webhookAddress(new URL('https://soc.example'), false, async () => [{ address, family }])
    await assert.rejects(byName, /not a public address/, address)
    const literal = new URL(family === 6 ? `https://[${address}]/` : `https://${address}/`)
    await assert.rejects(webhookAddress(literal, false), /not a public address/, address)
  }
})

test('one private address among public ones is enough to refuse', async () => {
  const mixed = async () => [
    { address: '93.184.216.34', family: 4 },
    { address: '10.0.0.1', family: 4 },
  ]
  await assert.rejects(webhookAddress(new URL('https://soc.example'), false, mixed), /10\.0\.0\.1/)
})

test('a public address is taken, http only with allow_private', async () => {
  const open = async () => [{ address: '93.184.216.34', family: 4 }]
  assert.deepEqual(await webhookAddress(new URL('https://soc.example'), false, open), {
    address: '93.184.216.34',
    family: 4,
  })
  await assert.rejects(webhookAddress(new URL('http://soc.example'), false, open), /https only/)
  await assert.rejects(webhookAddress(new URL('ftp://soc.example'), true, open), /https only/)
  assert.equal((await webhookAddress(new URL('http://10.0.0.1'), true)).address, '10.0.0.1')
})
