import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameSkeletons } from './name-skeleton.ts'

const alike = (one: string, other: string): boolean => {
  const [a, b] = [nameSkeletons(one), nameSkeletons(other)]
  return a[0] === b[0] || a[1] === b[1]
}

test('promise 17: names that people take for one another have one skeleton', () => {
  const others = ['inv\u043eice-bot', 'invoice\u200d-bot', 'Invoice-Bot', '\uff49nvoice\u2010bot', 'invoice-bot\u00a0']
  others.push('\u{1d422}nvoice-bot', 'inv0ice-bot', 'invoice-b\u03bft', 'i\u00advoice-bot'.replace('\u00ad', '\u00adn'))
  for (const other of others) assert.ok(alike('invoice-bot', other), JSON.stringify(other))
  for (const [one, other] of [
    ['modern', 'rnodern'],
    ['admin1', 'adminl'],
    ['ADMIN', '\u0410DM\u0406N'],
    ['\u0431\u043e\u0442', '\u0431ot'.replace('t', '\u0442')],
  ] as const)
    assert.ok(alike(one, other), `${one} ${other}`)
})

test('different names have different ones', () => {
  for (const other of ['invoice_bot', 'invoicebot', 'invoice-bot-2', 'payment-bot', 'invoicé-bot'])
    assert.ok(!alike('invoice-bot', other), other)
  assert.ok(!alike('data-bot-1', 'data-bot-2'))
})
