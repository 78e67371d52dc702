import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose'
import { z } from 'zod'

/** An Ed25519 public key as a JWK; `kid` is its RFC 7638 thumbprint. */
export const PublicKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().length(43),
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
})
export type PublicKey = z.infer<typeof PublicKey>

const PrivateKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().length(43),
  d: z.string().length(43),
})

/** Signs texts as compact JWS, EdDSA, with the key id in the header. */
export interface Signer {
  readonly publicKey: PublicKey
  /** `type` is the JWS `typ` header: what the text is, so that one signature can't pass for another. */
  sign(payload: string, type: string): Promise<string>
}

/** The secrets respond works with. */
export interface Keys {
  readonly commands: Signer
  /** The Standard Webhooks secret of a webhook, `whsec_…`, made when first asked for. */
  webhookSecret(name: string): Promise<string>
}

/** Opens the keys of a deployment; makes the command key at first start. Folder 0700, files 0600. */
export async function openKeys(directory: string): Promise<Keys> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const secrets = new Map<string, Promise<string>>()
  return {
    commands: await openSigner(join(directory, 'commands.jwk')),
    webhookSecret: (name) => {
      const known = secrets.get(name) ?? openWebhookSecret(directory, name)
      secrets.set(name, known)
      // What could not be read now may be there at the next attempt.
      known.catch(() => secrets.delete(name))
      return known
    },
  }
}

/** Opens the key of somebody who gives verdicts; made when it is not there. The policy must list its `publicKey.x`. */
export async function openIssuerKey(directory: string, name: string): Promise<Signer> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  return openSigner(issuerFile(directory, name))
}

/** There is no key where one is needed; the message says where it was looked for. */
export class NoKey extends StraylightError {
  override readonly name = 'NoKey'
  override readonly code = 'no_key'
}

/** The public key of commands of a deployment that has been started before. Makes nothing: throws `NoKey` where there is none. */
export async function readCommandKey(directory: string): Promise<PublicKey> {
  const path = join(directory, 'commands.jwk')
  const text = await readIfThere(path)
  if (text === null) throw new NoKey(`There is no key of commands at ${path}.`)
  return (await readSigner(path, text)).publicKey
}

/** The key of somebody who gives verdicts, as `openIssuerKey` made it. Makes nothing: throws `NoKey` where there is none. */
export async function readIssuerKey(directory: string, name: string): Promise<Signer> {
  const path = issuerFile(directory, name)
  const text = await readIfThere(path)
  if (text === null) throw new NoKey(`There is no key of ${JSON.stringify(name)} at ${path}.`)
  return readSigner(path, text)
}

// Names are free text (an e-mail address): encoded, they are one file name and nothing else.
const issuerFile = (directory: string, name: string): string =>
  join(directory, `issuer-${encodeURIComponent(name)}.jwk`)

/** Keys that live as long as the process: for a replay, which sends nothing to anybody. */
export async function temporaryKeys(): Promise<Keys> {
  const commands = await signerOf(JSON.parse(await newPrivateKey()))
  const secret = newWebhookSecret()
  return { commands, webhookSecret: () => Promise.resolve(secret) }
}

async function openSigner(path: string): Promise<Signer> {
  return readSigner(path, await readOrMake(path, newPrivateKey))
}

async function readSigner(path: string, text: string): Promise<Signer> {
  try {
    return await signerOf(JSON.parse(text))
  } catch (error) {
    throw new Error(
      `${path} does not hold an Ed25519 private key (JWK with kty OKP, crv Ed25519, x and d). Restore it, or remove it to have a new one made; brokers and policies then need the new public key.`,
      { cause: error },
    )
  }
}

async function signerOf(jwk: unknown): Promise<Signer> {
  const { kty, crv, x, d } = PrivateKey.parse(jwk)
  const kid = await calculateJwkThumbprint({ kty, crv, x })
  const key = await importJWK({ kty, crv, x, d }, 'EdDSA')
  return {
    publicKey: { kty, crv, x, kid, alg: 'EdDSA', use: 'sig' },
    sign: (payload, type) =>
      new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: 'EdDSA', kid, typ: type }).sign(key),
  }
}

async function newPrivateKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const { kty, crv, x, d } = await exportJWK(privateKey)
  return JSON.stringify({ kty, crv, x, d })
}

/** The secret of a webhook, as `openKeys` made it. Makes nothing: throws `NoKey` where there is none. */
export async function readWebhookSecret(directory: string, name: string): Promise<string> {
  const path = webhookFile(directory, name)
  const text = await readIfThere(path)
  if (text === null) throw new NoKey(`There is no secret of webhook ${name} at ${path}: the first start makes it.`)
  return webhookSecretOf(text, path)
}

async function openWebhookSecret(directory: string, name: string): Promise<string> {
  const path = webhookFile(directory, name)
  return webhookSecretOf(await readOrMake(path, () => Promise.resolve(newWebhookSecret())), path)
}

const webhookFile = (directory: string, name: string): string =>
  join(directory, `webhook-${encodeURIComponent(name)}.secret`)

function webhookSecretOf(text: string, path: string): string {
  const secret = text.trim()
  if (/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(secret)) return secret
  throw new Error(
    `${path} does not hold a webhook secret: expected whsec_ and the base64 of 24 to 64 random bytes. Correct it, or remove it to have a new one made.`,
  )
}

const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`

/** Reads a file, or makes it whole: written beside, flushed, then linked; who comes second reads the first one's. */
async function readOrMake(path: string, make: () => Promise<string>): Promise<string> {
  const present = await readIfThere(path)
  if (present !== null) return present
  const draft = `${path}.${randomUUID()}.new`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(await make())
    await file.sync()
  } finally {
    await file.close()
  }
  await link(draft, path).catch((error: unknown) => {
    if (!isCode(error, 'EEXIST')) throw error
  })
  await rm(draft, { force: true })
  return readFile(path, 'utf8')
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw error
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
