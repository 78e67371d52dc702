import { randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorText } from '@straylight/schemas/error-text'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { z } from 'zod'
import { UserRole } from '../contract/sign-in.ts'

/** Cost of a password's hash: 64 MiB and some 150 ms for each guess (RFC 7914; what OWASP asks for at least is half of it). */
const cost = { N: 65_536, r: 8, p: 1 } as const
const keyBytes = 32
const usersMax = 1_000

const PasswordHash = z.strictObject({
  /** Powers of two; bounded, since whoever writes the file decides what a sign-in costs. */
  N: z.number().int().min(16_384).max(262_144),
  r: z.number().int().min(1).max(16),
  p: z.number().int().min(1).max(4),
  salt: z.base64url().min(16),
  hash: z.base64url().min(32),
})

export const UserName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[\p{L}\p{N}._@+-]+$/u, 'expected letters, digits and . _ @ + - only')

const User = z.strictObject({
  name: UserName,
  role: UserRole,
  /** The one tenant that the user sees. Absent: all. */
  tenant: z.string().min(1).max(512).optional(),
  /** Whose key signs the user's verdicts; the user's own name where nothing is said. */
  issuer: z.string().min(1).max(200).optional(),
  password: PasswordHash,
})
export type User = z.infer<typeof User>

const UserFile = z.strictObject({ version: z.literal(1), users: z.array(User).max(usersMax) })

/** The file of users can't be read; the message says which and why. */
export class BadUserFile extends StraylightError {
  override readonly name = 'BadUserFile'
  override readonly code = 'bad_user_file'
  override readonly exit_code = 2
}

/** Users of a file; none where there is no file. */
export async function readUsers(path: string): Promise<readonly User[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new BadUserFile(`Cannot read the users in ${path}: ${errorText(error)}`, { cause: error })
  })
  if (text === null) return []
  try {
    return UserFile.parse(JSON.parse(text)).users
  } catch (error) {
    throw new BadUserFile(
      `${path} is no file of users (${errorText(error)}). Restore it, or remove it and add the users again with \`straylight user add\`.`,
      { cause: error },
    )
  }
}

/** Writes the users whole, for their owner's eyes alone. */
export async function writeUsers(path: string, users: readonly User[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}.new`
  try {
    await writeFile(draft, `${JSON.stringify(UserFile.parse({ version: 1, users }), null, 1)}\n`, {
      mode: 0o600,
      flag: 'wx',
    })
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

/** A password as the file keeps it. */
export async function hashPassword(password: string): Promise<User['password']> {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, cost)
  return { ...cost, salt: salt.toString('base64url'), hash: hash.toString('base64url') }
}

export async function isPassword(password: string, { salt, hash, ...how }: User['password']): Promise<boolean> {
  const expected = Buffer.from(hash, 'base64url')
  const given = await derive(password, Buffer.from(salt, 'base64url'), how)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function derive(password: string, salt: Buffer, { N, r, p }: { N: number; r: number; p: number }): Promise<Buffer> {
  // The same characters however they were typed.
  const text = password.normalize('NFKC')
  return new Promise((resolve, reject) => {
    scrypt(text, salt, keyBytes, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
