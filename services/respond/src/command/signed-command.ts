import type { NewRecord } from '@straylight/runtime/log/log'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { topics } from '@straylight/schemas/topics'
import type { Signer } from './signing-keys.ts'

export const commandTokenType = 'straylight-command+jws'

/**
 * A command as a record of `agent.revocations.v1`: compact JWS in the value, CloudEvents attributes in the headers
 * (for routing; they are outside the signature, so a broker trusts the body alone).
 */
export async function signedCommand(command: RevocationCommand, signer: Signer, sentAt: number): Promise<NewRecord> {
  const { tenant_id: tenant, agent_id: agent } = command.subject
  return {
    topic: topics.revocations.name,
    key: partitionKeyOf(tenant, agent),
    value: await signer.sign(JSON.stringify(command), commandTokenType),
    timestamp: sentAt,
    headers: {
      'content-type': 'application/jose',
      ce_specversion: '1.0',
      ce_id: command.id,
      ce_type: command.type,
      ce_source: command.issuer,
      ce_subject: agent,
      ce_time: command.issued_at,
      ce_expirytime: command.not_after,
      ce_causationid: command.evidence.finding_id,
      ce_correlationid: command.evidence.alert_id,
    },
  }
}
