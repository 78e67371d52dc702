import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Logger } from '@straylight/runtime/process/logger'
import { createMetrics } from '@straylight/runtime/process/metrics'
import { openStore } from '@straylight/runtime/store/open-store'
import { setAsideKinds, setAsideSentence } from './set-aside-kinds.ts'
import { setAsideNotes, tellRefused } from './set-aside-notes.ts'

test('what was set aside is counted by stage, table and reason with a sample place, for doctor, metrics and /readyz', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'straylight-aside-'))
  const metrics = createMetrics({ processMetrics: false })
  const lines: object[] = []
  const logger = { error: (line: object) => void lines.push(line) } as unknown as Logger
  const store = await openStore({ directory }, { onSetAside: tellRefused(metrics, logger) })
  try {
    assert.deepEqual([await setAsideKinds(store), setAsideNotes(metrics)], [[], []])
    const row = (agent: string, as_of_offset: number) => ({
      ...{ tenant: 't', agent, log_partition: 2, as_of_offset, knowledge_version: 1, state: '{}' },
    })
    await store.insert('profiles', [row('a', 1), row('b', 2.5), row('c', 3), row('d', 4.5)])
    const [kind, ...more] = await setAsideKinds(store)
    assert.ok(kind !== undefined && more.length === 0)
    const { stage, table, topic, code, count } = kind
    assert.deepEqual(
      [stage, table, topic, code, count],
      ['score', 'profiles', 'agent.events.v1', 'refused_by_store', 2],
    )
    assert.match(
      setAsideSentence(kind),
      /^set aside by score: 2 rows of profiles \(refused_by_store\), such as agent\.events\.v1\/2\/\d+: The store failed/,
    )
    assert.match(setAsideNotes(metrics)[0] ?? '', /^set aside since the start: 2 by score of profiles/)
    assert.equal(lines.length, 1, 'a table is reported once')
    const text = await metrics.registry.metrics()
    assert.match(text, /straylight_set_aside_total\{stage="score",of="profiles",code="refused_by_store"\} 2/)
  } finally {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  }
})
