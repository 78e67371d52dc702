import { randomBytes } from 'node:crypto'
import { EncryptJWT, jwtDecrypt } from 'jose'
import type { z } from 'zod'

/**
 * Seals what a browser keeps for this process and can neither read nor change (JWE, A256GCM). Nothing is held here, so nobody can fill a
 * table by beginning what they never end. The key ends with the process.
 */
export function createSealedText(now: () => number) {
  const key = randomBytes(32)
  const time = () => new Date(now())
  return {
    seal: (purpose: string, value: object, validMs: number): Promise<string> =>
      new EncryptJWT({ value })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: purpose })
        .setExpirationTime(new Date(now() + validMs))
        .encrypt(key),
    /** What was sealed for this purpose; undefined where it is over, or none of ours. */
    async open<Value>(purpose: string, sealed: string, form: z.ZodType<Value>): Promise<Value | undefined> {
      const asked = { typ: purpose, currentDate: time(), keyManagementAlgorithms: ['dir'] }
      const opened = await jwtDecrypt(sealed, key, asked).catch(() => undefined)
      return form.safeParse(opened?.payload.value).data
    },
  }
}
export type SealedText = ReturnType<typeof createSealedText>
