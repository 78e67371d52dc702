import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionsInWords } from './sessions-in-words.ts'

test('how many ordinary sessions come as far, in words for any share', () => {
  const golden: [number, string][] = [
    [1, '100 % of ordinary sessions'],
    [0.0317, '3.2 % of ordinary sessions'],
    [0.001, '0.1 % of ordinary sessions'],
    [1.61e-6, 'one ordinary session in 600,000'],
    [1.0e-9, 'one ordinary session in 1,000,000,000'],
    [1e-12, 'fewer than one ordinary session in a billion'],
    [0, 'fewer than one ordinary session in a billion'],
  ]
  for (const [share, words] of golden) assert.equal(sessionsInWords(share), words)
})
