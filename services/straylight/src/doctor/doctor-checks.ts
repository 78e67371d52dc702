import { access, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { readCommandKey } from '@straylight/respond/command/signing-keys'
import { readPolicy } from '@straylight/respond/decide/read-policy'
import { isSigned } from '@straylight/respond/deliver/webhook-delivery'
import {
  AllSettings,
  readSettings,
  secretFilesOpenToOthers,
  threadPoolSize,
  unknownSettings,
} from '@straylight/runtime/settings/config'
import { isOpenToOthers, isPath } from '@straylight/runtime/settings/read-secret-files'
import { isSecret, isSecretFile } from '@straylight/runtime/settings/secret-setting'
import { counted } from '@straylight/schemas/counted'
import { errorText } from '@straylight/schemas/error-text'
import { RegisteredNames } from '@straylight/score/watchers/registered-names'
import type { z } from 'zod'
import { type Check, checked } from '../commands/check.ts'
import { readRegistry } from '../deployment/read-registry.ts'
import { programVersion } from '../program-version.ts'
import { automaticRevocation } from './automatic-revocation.ts'
import { credentialEvidence } from './credential-evidence.ts'
import { checkEngines } from './doctor-engines.ts'
import { checkWebhooks } from './doctor-webhooks.ts'
import { tenantsWithoutAgents } from './tenants-without-agents.ts'

/** All checks, in the order in which a start would fail. Without settings that can be read there is nothing to look at. */
export async function* checks(): AsyncIterable<Check> {
  let settings: AllSettings
  try {
    settings = readSettings(AllSettings)
  } catch (error) {
    yield {
      name: 'settings',
      state: 'bad',
      found: errorText(error),
      mend: 'Reasons and defaults stand in deploy/env.example.',
    }
    return
  }
  yield checkSettings(settings)
  yield await checked('secret files', () => checkSecretFiles(settings))
  yield checkProgram(settings)
  yield await checked('data folder', () => checkFolder(settings.STRAYLIGHT_DATA))
  yield await checked('keys', () => checkKeys(settings))
  yield await checked('policy', () => checkPolicy(settings))
  yield* checkWebhooks(settings)
  yield await checked('registry', () => checkRegistry(settings))
  yield await checked('scoring engine', () => checkBackend(settings))
  yield* checkEngines(settings)
}

/** Secrets, and what stands where the file of one belongs and is no path: it may be the secret itself. */
function isHidden(setting: z.ZodType, value: unknown): boolean {
  return isSecret(setting) || (isSecretFile(setting) && !isPath(String(value)))
}

function checkSettings(settings: AllSettings): Check {
  const unknown = unknownSettings()
  const shown = Object.entries(AllSettings.shape).map(([name, setting]) => {
    const value = settings[name as keyof AllSettings]
    return [name, value && isHidden(setting, value) ? '[hidden]' : value] as const
  })
  const details = Object.fromEntries(shown)
  if (unknown.length === 0) return { name: 'settings', state: 'good', found: 'all can be read', details }
  return {
    name: 'settings',
    state: 'note',
    found: `${unknown.join(', ')}: there is no such setting`,
    mend: 'Correct the name; deploy/env.example has them all.',
    details,
  }
}

/** No file with a secret may be open to others; what it holds is never shown. */
async function checkSecretFiles({ STRAYLIGHT_DATA: data }: AllSettings): Promise<Omit<Check, 'name'>> {
  const open = [...secretFilesOpenToOthers(), ...(await openKeyFiles(join(data, 'keys')))]
  if (open.length === 0) return { state: 'good', found: 'none is open to others' }
  return {
    state: 'note',
    found: open.join('\n      '),
    mend: 'Let nobody but the program read them. If others had them for long, change what they hold.',
  }
}

async function openKeyFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  const open: string[] = []
  for (const name of names) {
    const path = join(folder, name)
    const about = await stat(path)
    if (about.isFile() && isOpenToOthers(about.mode))
      open.push(`${path} can be read or changed by others on this machine: chmod 600 ${path}`)
  }
  return open
}

function checkProgram(settings: AllSettings): Check {
  const found = `Straylight ${programVersion} on Node ${process.versions.node}`
  const threads = threadPoolSize()
  if (settings.CLICKHOUSE_URL !== undefined || threads >= 8) return { name: 'program', state: 'good', found }
  return {
    name: 'program',
    state: 'note',
    found: `${found}, with ${counted(threads, 'thread')} for engine and files`,
    mend: 'Leave UV_THREADPOOL_SIZE unset, or give it 16 or more: waiting queries hold threads.',
  }
}

async function checkFolder(path: string): Promise<Omit<Check, 'name'>> {
  if (!(await exists(join(path, 'version.json')))) {
    return { state: 'note', found: `${path} holds no log and store yet; the first start makes them` }
  }
  const open = (await stat(path)).mode & 0o077
  if (open === 0) return { state: 'good', found: path }
  return { state: 'note', found: `${path} can be entered by others`, mend: `chmod 700 ${path}` }
}

async function checkKeys({ STRAYLIGHT_DATA: data, STRAYLIGHT_POLICY }: AllSettings): Promise<Omit<Check, 'name'>> {
  const folder = join(data, 'keys')
  if (!(await exists(join(folder, 'commands.jwk')))) {
    return { state: 'note', found: 'not made yet; the first start makes them, and then this prints the public key' }
  }
  const publicKey = await readCommandKey(folder)
  const { webhooks } = await readPolicy(STRAYLIGHT_POLICY).catch(() => ({ webhooks: [] }))
  const secrets = Object.fromEntries(
    webhooks.filter(isSigned).map(({ name }) => [name, join(folder, `webhook-${encodeURIComponent(name)}.secret`)]),
  )
  const places = Object.entries(secrets).map(([name, file]) => `\n      secret of webhook ${name}: ${file}`)
  return {
    state: 'good',
    found: `public key of commands, for brokers:\n      ${JSON.stringify(publicKey)}${places.join('')}`,
    details: { public_key: publicKey, webhook_secret_files: secrets },
  }
}

async function checkPolicy(settings: AllSettings): Promise<Omit<Check, 'name'>> {
  const { STRAYLIGHT_POLICY: path } = settings
  const policy = await readPolicy(path)
  const about = `${policy.id}, version ${policy.version}, ${counted(policy.webhooks.length, 'webhook')}, ${counted(policy.issuers.length, 'issuer')}`
  if (path === undefined) return { state: 'note', found: 'none set: the default alerts and revokes nothing' }
  // A registry or tokens that can't be read are known by a check of their own.
  const evidence = await credentialEvidence(settings).catch(() => undefined)
  const waits = evidence === undefined ? [] : automaticRevocation(policy, evidence)
  if (waits.length === 0) return { state: 'good', found: `${path}: ${about}` }
  return { state: 'note', found: [`${path}: ${about}`, ...waits].join('\n      ') }
}

async function checkRegistry(settings: AllSettings): Promise<Omit<Check, 'name'>> {
  const { STRAYLIGHT_REGISTRY: path } = settings
  const registry = await readRegistry(path)
  const { agents } = registry
  createAgentRegistry(registry)
  if (path === undefined) return { state: 'note', found: 'none set: owners, tiers and roles of agents are unknown' }
  const ownerless = agents.filter((agent) => agent.owner === undefined).length
  const found = `${path}: ${counted(agents.length, 'agent')}${ownerless > 0 ? `, ${ownerless} without an owner` : ''}`
  const evidence = await credentialEvidence(settings).catch(() => undefined)
  const strangers = evidence === undefined ? [] : tenantsWithoutAgents(evidence)
  if (strangers.length > 0) {
    return {
      state: 'note',
      found: `${found}; none of tenant ${strangers.join(', ')}, for which tokens speak: all agents there are unowned`,
      mend: 'Say `tenant` of each agent in the registry (without it: default), as the tokens have it.',
    }
  }
  const alike = new RegisteredNames(agents).lookalikes(5)
  if (alike.length === 0) return { state: 'good', found }
  return {
    state: 'note',
    found: `${found}; ${alike.join('; ')}`,
    mend: 'Give them names that nobody takes for one another.',
  }
}

async function checkBackend({ STRAYLIGHT_TENSORFLOW: choice }: AllSettings): Promise<Omit<Check, 'name'>> {
  return { state: 'good', found: (await openTensorBackend(choice)).description }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
