import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { LogWriteFailed } from '@straylight/runtime/log-write-failed'
import { StoreError } from '@straylight/runtime/store/store-error'
import { finalMessage } from './final-message.ts'

// Promise 16: the last line says what failed, and of a full disk where, how much is free and what to do.

const said = async (error: unknown, what = 'ingest stopped') => (await finalMessage({ what, error }, tmpdir())).message
const withCode = (code: string | number, message = 'write failed') => Object.assign(new Error(message), { code })

const full =
  /^The disk is full \(ingest stopped\): [\d,.]+ MiB of [\d,.]+ MiB are free at \/\S+\. Make room, then start again/

test('a full disk is distinguished from whatever reports it, however deep', async () => {
  const causes: unknown[] = [
    withCode('ENOSPC'),
    withCode('EDQUOT'),
    withCode(28),
    new LogWriteFailed('/data/log', withCode(28)),
    new StoreError('insert into profiles', withCode('243', 'Cannot reserve 1.00 MiB, not enough space.')),
    new Error('pwrite: No space left on device'),
    new Error('outer', { cause: new Error('inner', { cause: withCode('ENOSPC') }) }),
  ]
  for (const cause of causes) assert.match(await said(cause), full)
})

test('a write that fails with room left names the log, the reason and the room', async () => {
  const error = new LogWriteFailed('/data/log', withCode(5, 'Input/output error'))
  assert.match(
    await said(error),
    /^The disk does not take what is written \(ingest stopped\): The log in \/data\/log could not be written \(EIO\): Input\/output error\. .* are free at .*ulimit -f/,
  )
})

test('anything else is known by its first line; a start that failed keeps its own error', async () => {
  assert.equal(await said(new Error('no\nstack')), 'It stopped because ingest stopped: no')
  assert.equal(await said('a text'), 'It stopped because ingest stopped: a text')
  const own = Object.assign(new Error('the policy is wrong'), { name: 'BadPolicy' })
  assert.equal(await finalMessage({ what: 'the start failed', error: own }, tmpdir()), own)
})

test('a folder that is gone does not hide the reason', async () => {
  const { message } = await finalMessage({ what: 'score stopped', error: withCode('ENOSPC') }, '/nowhere/at/all')
  assert.match(message, /^The disk is full \(score stopped\): How much is free at \/nowhere\/at\/all is not known/)
})
