import { z } from 'zod'

/**
 * A broker's answer (topic `agent.revocations.results.v1`), an OCSF Remediation Activity (class 7001).
 * `status_id`: 1 success, 2 failure. `status_code` says why a command was refused.
 */
export const RevocationResult = z.looseObject({
  class_uid: z.literal(7001),
  category_uid: z.literal(7),
  activity_id: z.number().int(),
  type_uid: z.number().int(),
  time: z.number().int(),
  severity_id: z.number().int(),
  status_id: z.union([z.literal(1), z.literal(2)]),
  status: z.enum(['Success', 'Failure']),
  status_code: z.enum([
    'applied',
    'already_applied',
    'expired',
    'bad_signature',
    'unknown_subject',
    'too_wide',
    'precondition',
    'holder_mismatch',
    'dry_run',
    'error',
  ]),
  command_uid: z.string(),
  message: z.string(),
  metadata: z.looseObject({
    version: z.string(),
    uid: z.string(),
    tenant_uid: z.string(),
    product: z.looseObject({ name: z.string(), vendor_name: z.string() }),
  }),
})
export type RevocationResult = z.infer<typeof RevocationResult>
