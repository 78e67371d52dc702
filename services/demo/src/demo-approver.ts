import { randomUUID } from 'node:crypto'
import type { NewRecord } from '@straylight/runtime/log'
import { topics } from '@straylight/schemas/topics'
import type { Answer, Verdict } from '@straylight/schemas/verdict'
import { CompactSign, type CryptoKey, exportJWK, generateKeyPair } from 'jose'

/** The person in the demo: an approver with a key of its own, made anew each time. */
export interface DemoApprover {
  readonly issuer: string
  /** Ed25519 public key, as a policy lists it (JWK `x`). */
  readonly public_key: string
  /** A signed verdict, ready for the log. `nowMs`: when the person answers. */
  verdict(alert: { id: string; tenant: string }, answer: Answer, reason: string, nowMs: number): Promise<NewRecord>
}

export async function createDemoApprover(issuer = 'demo-approver'): Promise<DemoApprover> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const { x } = await exportJWK(publicKey)
  if (x === undefined) throw new Error('an Ed25519 public key has no x')
  return {
    issuer,
    public_key: x,
    async verdict(alert, answer, reason, nowMs) {
      const verdict: Verdict = {
        id: `vdt_${randomUUID()}`,
        alert_id: alert.id,
        tenant: alert.tenant,
        answer,
        reason,
        issuer,
        role: 'approver',
        time: nowMs,
      }
      return {
        topic: topics.verdicts.name,
        key: alert.id,
        value: await sign(verdict, issuer, privateKey),
        timestamp: nowMs,
      }
    },
  }
}

function sign(verdict: Verdict, issuer: string, key: CryptoKey): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(verdict))
  return new CompactSign(payload).setProtectedHeader({ alg: 'EdDSA', kid: issuer }).sign(key)
}
