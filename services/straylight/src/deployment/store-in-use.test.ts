import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { openDeploymentStore } from './open-deployment.ts'

test('a command that looks into the store of a running program is refused for that, and not called damaged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-in-use-'))
  const running = createServer((_request, response) => response.end('{}'))
  await new Promise<void>((done) => running.listen(0, '127.0.0.1', done))
  try {
    const { port } = running.address() as AddressInfo
    await mkdir(join(folder, 'store', 'metadata'), { recursive: true })
    await writeFile(join(folder, 'running.json'), JSON.stringify({ pid: 42, url: `http://127.0.0.1:${port}` }))
    const settings = readSettings(AllSettings, { STRAYLIGHT_DATA: folder })
    await assert.rejects(openDeploymentStore(settings, { existing: true }), /in use by process 42.*Stop it first/)
  } finally {
    running.close()
    await rm(folder, { recursive: true, force: true })
  }
})
