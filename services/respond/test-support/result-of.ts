import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import type { RevocationResult } from '@straylight/schemas/revocation-result'

/** A broker's answer to a command, for tests. */
export function resultOf(
  command: RevocationCommand,
  code: RevocationResult['status_code'],
  time: number,
): RevocationResult {
  const done = code === 'applied' || code === 'already_applied'
  return {
    class_uid: 7001,
    category_uid: 7,
    activity_id: 2,
    type_uid: 700102,
    time,
    severity_id: 1,
    status_id: done ? 1 : 2,
    status: done ? 'Success' : 'Failure',
    status_code: code,
    command_uid: command.id,
    message: done ? 'done' : 'not done',
    metadata: {
      version: '1.8.0',
      uid: `res_${command.id}`,
      tenant_uid: command.subject.tenant_id,
      product: { name: 'broker', vendor_name: 'test' },
    },
  }
}
