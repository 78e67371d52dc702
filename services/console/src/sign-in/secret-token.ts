import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 bits that nobody guesses, as 43 characters for addresses, cookies and headers. */
export const newSecretToken = (): string => randomBytes(32).toString('base64url')

/** What is kept of a token: enough to know it again, and nothing to sign in with. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex')

/** Compares without telling by its time how much was right. */
export function isSameHash(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)]
  return first.length === second.length && timingSafeEqual(first, second)
}
