import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorText } from './error-text.ts'
import { parsedJson } from './parsed-json.ts'
import { StraylightError } from './straylight-error.ts'

class WrongFile extends StraylightError {
  override readonly name = 'WrongFile'
  override readonly code = 'wrong_file'
  override readonly exit_code = 2
}

class Broken extends StraylightError {
  override readonly name = 'Broken'
  override readonly code = 'broken'
}

test('an error of ours says its kind, how a command ends with it and whether to try again', () => {
  const cause = new Error('no such file')
  const wrong: unknown = new WrongFile('agents.yaml: cannot be read', { cause })
  assert.ok(wrong instanceof StraylightError && wrong instanceof Error)
  assert.deepEqual([wrong.code, wrong.exit_code, wrong.retriable, wrong.cause], ['wrong_file', 2, false, cause])
  assert.equal(String(wrong), 'WrongFile: agents.yaml: cannot be read')
  assert.equal(new Broken('x').exit_code, 1)
})

test('whatever was thrown has a text', () => {
  assert.deepEqual(
    [errorText(new Broken('it broke')), errorText('words'), errorText(undefined)],
    ['it broke', 'words', 'undefined'],
  )
})

test('what is not JSON is nothing, and no JSON is taken for it', () => {
  assert.deepEqual(['', '{', 'undefined', 'null', '0', '"a"'].map(parsedJson), [
    undefined,
    undefined,
    undefined,
    null,
    0,
    'a',
  ])
})
