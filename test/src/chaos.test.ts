import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { namedPoints } from '../test-support/chaos-cluster.ts'
import { startKafka } from '../test-support/kafka-broker.ts'
import { patienceMs } from '../test-support/patience.ts'

// Promises 1, 2, 4 and 6 for a whole cluster that dies again and again: `npm run chaos` in its short form, and in a build that
// does not drop what comes twice, which it must not let pass.

const root = fileURLToPath(new URL('../../', import.meta.url))

interface Run {
  readonly code: number
  readonly said: string
  readonly summary: {
    kills: number
    points: Record<string, number>
    faults: number
    commands: number
    failures: string[]
  }
}

function chaos(...args: string[]): Promise<Run> {
  const { NODE_TEST_CONTEXT: _ours, ...environment } = process.env
  return new Promise((resolve) => {
    const command = ['--import', 'tsx', 'test/test-support/chaos.ts', ...args, '--json']
    const options = { cwd: root, env: environment, maxBuffer: 2 ** 26 }
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code)
      resolve({
        code,
        said: stderr.slice(-6_000),
        summary: JSON.parse(stdout === '' ? '{}' : stdout) as Run['summary'],
      })
    })
  })
}

/** The broker of each run is its own; here it is only asked whether there can be one. */
async function absent(): Promise<string | undefined> {
  const kafka = await startKafka()
  if ('absent' in kafka) return kafka.absent
  await kafka.stop()
  return undefined
}

test('killed twenty times, at every kill point, the log and the store away: nothing lost, nothing twice, the same decisions', {
  timeout: 2 * patienceMs,
}, async (t) => {
  const reason = await absent()
  if (reason !== undefined) return t.skip(reason)
  const { code, said, summary } = await chaos('--kills', '20', '--seed', 'ci')
  assert.equal(code, 0, said)
  assert.deepEqual(Object.keys(summary.points).sort(), namedPoints.map(({ kind, point }) => `${kind}: ${point}`).sort())
  assert.ok(summary.kills >= 20 && summary.faults >= 8 && summary.commands > 0)
})

test('a build that does not drop what comes twice is found out', { timeout: 2 * patienceMs }, async (t) => {
  const reason = await absent()
  if (reason !== undefined) return t.skip(reason)
  const { code, said, summary } = await chaos('--kills', '1', '--seed', 'ci', '--store-away', '0', '--keep-repeats')
  assert.equal(code, 1, said)
  assert.ok(
    summary.failures.some((failure) => /finding/.test(failure)),
    said,
  )
})
