import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from './logger.ts'

function lines(level: string, write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const written: string[] = []
  write(createLogger({ level, readable: false, stream: { write: (line: string) => void written.push(line) } }))
  return written.map((line) => JSON.parse(line))
}

test('a line is JSON with a level by name and an ISO time', () => {
  const [line] = lines('info', (logger) => logger.info({ stage: 'score' }, 'ready'))
  assert.equal(line?.level, 'info')
  assert.equal(line?.stage, 'score')
  assert.equal(line?.msg, 'ready')
  assert.match(String(line?.time), /^\d{4}-\d\d-\d\dT/)
})

test('promise 17: names in the sentence of a line are shown as what they are, fields stay raw', () => {
  const [line] = lines('info', (logger) => logger.info({ agent: 'a\u202eb' }, 'a\u202eb \u001b[2J fell silent'))
  assert.deepEqual([line?.msg, line?.agent], ['a\\u{202E}b \\u{1B}[2J fell silent', 'a\u202eb'])
})

test('what is below the level is not written', () => {
  assert.deepEqual(
    lines('warn', (logger) => logger.info('quiet')),
    [],
  )
})

test('secrets are hidden, at the top and one level down', () => {
  const [line] = lines('info', (logger) => logger.info({ password: 'a', request: { authorization: 'Bearer b' } }, 'x'))
  assert.equal(line?.password, '[hidden]')
  assert.deepEqual(line?.request, { authorization: '[hidden]' })
})

test('an error keeps its message and stack', () => {
  const [line] = lines('info', (logger) => logger.error({ err: new Error('broken') }, 'failed'))
  assert.match(JSON.stringify(line?.err), /"message":"broken","stack":/)
})
