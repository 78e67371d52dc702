import { createHash } from 'node:crypto'
import { canonicalJson } from '@straylight/schemas/canonical-json'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { approvedCommand } from '../command/revocation-command-of.ts'

/**
 * What a passkey signs to approve a command: SHA-256 of the command's canonical form (RFC 8785), approved by this issuer and with its times counted
 * from 1970; base64url. The held draft and the command that was sent have the same, so the log alone shows what was approved.
 */
export function approvalChallenge(command: RevocationCommand, issuer: string): string {
  const shown: unknown = JSON.parse(JSON.stringify(approvedCommand(command, issuer, 0)))
  return createHash('sha256').update(canonicalJson(shown)).digest('base64url')
}
