import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { type DataFolder, openDataFolder } from '@straylight/runtime/process/data-folder'
import type { AllSettings } from '@straylight/runtime/settings/config'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import { type Check, checked } from '../commands/check.ts'
import { hasTopic } from '../deployment/has-topic.ts'
import { commandLogger, openDeploymentLog, openDeploymentStore } from '../deployment/open-deployment.ts'
import { readRegistry } from '../deployment/read-registry.ts'
import { findRunning, type RunningProgram } from '../deployment/running-program.ts'
import { programVersion } from '../program-version.ts'
import { checkStoredAgents } from './agents-of-store.ts'
import { checkDeliveries } from './doctor-webhooks.ts'
import { lookAtSetAside, setAsideKinds, setAsideSentence } from './set-aside-kinds.ts'

/** Log and store: by asking the program that holds them, else by opening them (which moves them forward, as a start would). */
export async function* checkEngines(settings: AllSettings): AsyncIterable<Check> {
  const running = await findRunning(settings.STRAYLIGHT_DATA)
  if (running !== undefined) {
    yield await checked('running', () => checkRunning(running))
    return
  }
  const started = await access(join(settings.STRAYLIGHT_DATA, 'version.json')).then(
    () => true,
    () => false,
  )
  const served = settings.KAFKA_BROKERS !== undefined && settings.CLICKHOUSE_URL !== undefined
  if (!started && !served) {
    yield { name: 'log and store', state: 'note', found: 'not made yet; the first start makes them' }
    return
  }
  let folder: DataFolder | undefined
  const held = await checked('hold', async () => {
    folder = await openDataFolder({ path: settings.STRAYLIGHT_DATA, program: programVersion, now: new Date() })
    return { state: 'good', found: folder.path }
  })
  if (folder === undefined) {
    yield { ...held, name: 'log and store' }
    return
  }
  yield await checked('log', () => checkLog(settings))
  yield await checked('deliveries', () => lookIntoJournal(settings))
  yield await checked('store', () => checkStore(settings))
  yield await checked('agents', () => checkAgents(settings))
  await folder.close()
}

async function checkRunning({ pid, url }: RunningProgram): Promise<Omit<Check, 'name'>> {
  const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) })
  const found = `process ${pid} at ${url}`
  if (response.status === 200) return readyCheck(`${found} is ready`, await response.json())
  return { state: 'bad', found: `${found} is not ready: ${await response.text()}` }
}

/** Ready, and perhaps something to look at. */
function readyCheck(found: string, answer: unknown): Omit<Check, 'name'> {
  const { notes = [] } = Notes.parse(answer)
  if (notes.length === 0) return { state: 'good', found }
  return { state: 'note', found: [found, ...notes].join('\n      '), mend: lookAtSetAside, details: { notes } }
}

const Notes = z.object({ notes: z.array(z.string()).optional() })

async function checkLog(settings: AllSettings): Promise<Omit<Check, 'name'>> {
  const log = await openDeploymentLog(settings, commandLogger(), { existing: true })
  try {
    const missing: string[] = []
    for (const { name } of Object.values(topics)) if (!(await hasTopic(log, name))) missing.push(name)
    const found = log.kind === 'kafka' ? `Kafka at ${settings.KAFKA_BROKERS?.join(', ')}` : 'embedded'
    if (missing.length === 0) return { state: 'good', found: `${found}, all topics there` }
    return {
      state: 'note',
      found: `${found}; not there yet: ${missing.join(', ')}`,
      mend: 'A start of `straylight up` makes them.',
    }
  } finally {
    await log.close()
  }
}

async function lookIntoJournal(settings: AllSettings): Promise<Omit<Check, 'name'>> {
  const log = await openDeploymentLog(settings, commandLogger())
  try {
    if (!(await hasTopic(log, topics.alerts.name))) return { state: 'good', found: 'no alert was ever made' }
    return await checkDeliveries(log, settings, Date.now())
  } finally {
    await log.close()
  }
}

async function checkAgents(settings: AllSettings): Promise<Omit<Check, 'name'>> {
  const registry = await readRegistry(settings.STRAYLIGHT_REGISTRY)
  const store = await openDeploymentStore(settings, { retryMs: 2_000, existing: true })
  try {
    return await checkStoredAgents(store, registry)
  } finally {
    await store.close()
  }
}

async function checkStore(settings: AllSettings): Promise<Omit<Check, 'name'>> {
  const store = await openDeploymentStore(settings, { retryMs: 2_000, existing: true })
  try {
    const found = store.kind === 'server' ? `ClickHouse at ${settings.CLICKHOUSE_URL}` : 'embedded (chDB)'
    const set_aside = await setAsideKinds(store)
    if (set_aside.length === 0) return { state: 'good', found }
    const shown = [found, ...set_aside.slice(0, 20).map(setAsideSentence)].join('\n      ')
    return { state: 'note', found: shown, mend: lookAtSetAside, details: { set_aside } }
  } finally {
    await store.close()
  }
}
