import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandOutput } from './command.ts'

test('promise 17: what a command says obeys no name in it, and keeps its lines', (t) => {
  const written: string[] = []
  t.mock.method(process.stdout, 'write', (text: string) => written.push(text) > 0)
  commandOutput(false).say('inv\u043eice\u202e-bot\u001b[2J\nsecond')
  t.mock.restoreAll()
  assert.deepEqual(written, ['inv\\u{43E}ice\\u{202E}-bot\\u{1B}[2J\nsecond\n'])
})
