import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedLog } from '@straylight/runtime/embedded-log'
import type { Log } from '@straylight/runtime/log'
import { testLogContract } from './log-contract.ts'

let directory: string
let log: Log
testLogContract('embedded', {
  open: async () => {
    directory = await mkdtemp(join(tmpdir(), 'straylight-log-'))
    log = await openEmbeddedLog({ directory })
    return log
  },
  close: async () => {
    await log.close()
    await rm(directory, { recursive: true })
  },
  handOverMs: 5000,
})
