import { isSameHash, newSecretToken, tokenHash } from './secret-token.ts'

/** Links that may be unused at a time; the oldest makes room. */
const linksMax = 20

/** Tokens that sign in once, within a time. Only their hashes are kept. */
export function createOneTimeLinks({ now, validMs }: { now: () => number; validMs: number }) {
  let open: { hash: string; until: number }[] = []
  const good = () => open.filter(({ until }) => until > now())
  return {
    /** A new token; resolves nothing, is printed once. */
    make(): string {
      const token = newSecretToken()
      open = [...good(), { hash: tokenHash(token), until: now() + validMs }].slice(-linksMax)
      return token
    },
    /** Whether it is one of them; it is none from now on. */
    use(token: string): boolean {
      const hash = tokenHash(token)
      const before = good()
      open = before.filter((link) => !isSameHash(link.hash, hash))
      return open.length < before.length
    },
  }
}
export type OneTimeLinks = ReturnType<typeof createOneTimeLinks>
