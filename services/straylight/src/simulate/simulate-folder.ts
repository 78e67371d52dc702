import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type DemoPolicyOptions, demoPolicy, demoWebhook } from '@straylight/demo/broker/demo-policy'
import { demoRegistry } from '@straylight/demo/fleet/demo-registry'
import type { Fleet } from '@straylight/demo/fleet/fleet'
import { openIssuerKey, openKeys, type Signer } from '@straylight/respond/command/signing-keys'
import { resetDataFolder } from '@straylight/runtime/process/data-folder'
import type { Registry } from '@straylight/schemas/agent'
import type { EventToken } from '@straylight/schemas/event-token'
import type { Policy } from '@straylight/schemas/policy'

/** Where a simulation keeps its things, and the secrets that its parts share. */
export interface SimulateFolder {
  readonly path: string
  /** The deployment's data folder, for STRAYLIGHT_DATA of commands that look into it afterwards. */
  readonly data: string
  readonly keys: string
  /** Standard Webhooks secret, shared by respond and the receiver. */
  readonly webhookSecret: string
  /** Public key of commands, for the broker (JWK `x`). */
  readonly commandKey: string
  readonly approver: { readonly name: string; readonly signer: Signer }
  /** Whom the console's link signs in: may give every answer. */
  readonly operator: { readonly name: string; readonly signer: Signer }
  /** Bearer token of POST /v1/events. */
  readonly token: string
}

const approverName = 'demo-approver'
const operatorName = 'operator'

/**
 * Makes an empty folder: `path`, wiped when a simulation left it, or a temporary one when another simulation is using
 * it. It stays behind, so that `straylight explain` and the others have something to look into.
 */
export async function makeSimulateFolder(path: string): Promise<SimulateFolder> {
  const folder = await emptied(resolve(path)).catch(() => mkdtemp(join(tmpdir(), 'straylight-demo-')))
  const data = join(folder, 'data')
  const keysFolder = join(data, 'keys')
  await mkdir(data, { recursive: true, mode: 0o700 })
  const keys = await openKeys(keysFolder)
  return {
    path: folder,
    data,
    keys: keysFolder,
    webhookSecret: await keys.webhookSecret(demoWebhook),
    commandKey: keys.commands.publicKey.x,
    approver: { name: approverName, signer: await openIssuerKey(keysFolder, approverName) },
    operator: { name: operatorName, signer: await openIssuerKey(keysFolder, operatorName) },
    token: randomBytes(24).toString('base64url'),
  }
}

async function emptied(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await resetDataFolder(join(path, 'data'))
  return path
}

/** The files that an operator would write. */
export interface SimulateFiles {
  readonly policy: Policy
  readonly registry: Registry
  readonly policyFile: string
  readonly registryFile: string
  readonly tokensFile: string
}

/** Writes policy, registry and tokens: as JSON, which is YAML too. */
export async function writeSimulateFiles(
  folder: SimulateFolder,
  fleet: Fleet,
  { webhookUrl, approvalSeconds }: Pick<DemoPolicyOptions, 'webhookUrl' | 'approvalSeconds'>,
): Promise<SimulateFiles> {
  const issuer = ({ name, signer }: SimulateFolder['approver']): DemoPolicyOptions['approver'] => ({
    name,
    public_key: signer.publicKey.x,
  })
  const policy = demoPolicy({
    ...{ webhookUrl, approvalSeconds },
    ...{ approver: issuer(folder.approver), operator: issuer(folder.operator) },
  })
  const registry = demoRegistry(fleet)
  const token_sha256 = createHash('sha256').update(folder.token).digest('hex')
  const tokens: EventToken[] = [{ name: 'demo gateway', token_sha256, tenant: fleet.tenant }]
  const write = async (name: string, content: unknown): Promise<string> => {
    const file = join(folder.path, name)
    await writeFile(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
    return file
  }
  return {
    policy,
    registry,
    policyFile: await write('policy.yaml', policy),
    registryFile: await write('agents.yaml', registry),
    tokensFile: await write('tokens.yaml', tokens),
  }
}
