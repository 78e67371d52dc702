import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { amountBin } from '../event/amount-bin.ts'
import { contextText, families, familyNames, keyText } from './profile-key.ts'
import { ProfileKeyHasher } from './profile-key-hasher.ts'
import { fingerprintOf } from './profile-table.ts'

/** Quarter octaves in whole numbers alone. */
function exactBin(amount: number): number {
  const v = BigInt(amount) + 1n
  const exponent = v.toString(2).length - 1
  return exponent * 4 + Number(((v * 4n) >> BigInt(exponent)) & 3n)
}

test('amount bins are exact up to 2^50, at powers of two above all', () => {
  for (let exponent = 0; exponent <= 50; exponent++) {
    for (let near = -3; near <= 3; near++) {
      const amount = 2 ** exponent + near
      if (amount >= 0 && amount <= 2 ** 50) assert.equal(amountBin(amount), exactBin(amount), `${amount}`)
    }
    for (const quarter of [1.25, 1.5, 1.75]) {
      const amount = Math.floor(2 ** exponent * quarter)
      if (amount <= 2 ** 50) assert.equal(amountBin(amount - 1), exactBin(amount - 1), `${amount}`)
    }
  }
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (amount) => amountBin(amount) === exactBin(amount)))
})

test('amount bins never fall as amounts rise', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 49 }), fc.integer({ min: 0, max: 2 ** 49 }), (amount, more) => {
      assert.ok(amountBin(amount + more) >= amountBin(amount))
    }),
  )
})

test('every family has a letter of its own, one character long', () => {
  const letters = familyNames.map((name) => families[name].letter)
  assert.equal(new Set(letters).size, letters.length)
  for (const letter of letters) assert.equal(letter.length, 1)
})

test('keys and their contexts fit a table of 8,192 entries', () => {
  const keys = familyNames.reduce((sum, name) => sum + families[name].cap, 0)
  assert.ok(2 * keys <= 8192, `${keys} keys`)
})

test('hashes are those that ClickHouse makes', () => {
  const hasher = new ProfileKeyHasher('00112233445566778899aabbccddeeff')
  assert.equal(hasher.hash('hello world é'), 1892075092523527)
  assert.equal(hasher.hash('hello world é'), 1892075092523527)
  assert.notEqual(new ProfileKeyHasher('00112233445566778899aabbccddeefe').hash('hello world é'), 1892075092523527)
})

test('bins are the hashes of their keys', () => {
  const hasher = new ProfileKeyHasher('0f'.repeat(16))
  const sent = hasher.contextOf('sent', 'erp/read')
  const bins = hasher.bins(sent, 204)
  for (const bin of [0, 1, 99, 203]) assert.equal(bins.keys[bin], hasher.hash(keyText('sent', 'erp/read', String(bin))))
  assert.equal(hasher.bins(sent, 204), bins)
  assert.notEqual(hasher.bins(hasher.contextOf('received', 'erp/read'), 204).keys[0], bins.keys[0])
  assert.equal(bins.context, sent.hash)
  assert.deepEqual([...bins.fingerprints], [...bins.keys].map(fingerprintOf))
})

test('a key that is no key is refused', () => {
  for (const text of ['', '0'.repeat(31), '0'.repeat(33), 'G'.repeat(32), 'A'.repeat(32)])
    assert.throws(() => new ProfileKeyHasher(text), RangeError)
})

test('texts of contexts and keys can not be mistaken for each other', () => {
  assert.equal(contextText('step', ''), 'a\u001f')
  assert.equal(keyText('bigram', 'erp/read', 'erp/write'), 'b\u001ferp/read\u001eerp/write')
  assert.notEqual(keyText('trigram', 'a\u001fb', 'c'), keyText('trigram', 'a', 'b\u001ec'))
})
