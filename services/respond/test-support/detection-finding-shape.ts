import { z } from 'zod'

const ms = z.number().int().min(1e12).max(1e13)
const observed = z.strictObject({
  observation_parameter: z.string().min(1),
  observed_pattern: z.string(),
  observations: z.array(z.strictObject({ value: z.string(), count: z.number().int() })).min(1),
})
/** OCSF 1.6, Detection Finding (2004), as strict as it is published: https://schema.ocsf.io/1.6.0/classes/detection_finding */
export const detectionFindingShape = z
  .strictObject({
    ...{ category_uid: z.literal(2), category_name: z.literal('Findings') },
    ...{ class_uid: z.literal(2004), class_name: z.literal('Detection Finding') },
    ...{ activity_id: z.number().int().min(1).max(3), activity_name: z.enum(['Create', 'Update', 'Close']) },
    ...{ type_uid: z.number().int(), type_name: z.string(), message: z.string().min(1) },
    ...{ time: ms, start_time: ms, end_time: ms, count: z.number().int().positive() },
    ...{ severity_id: z.number().int().min(2).max(5), severity: z.enum(['Low', 'Medium', 'High', 'Critical']) },
    ...{
      status_id: z.literal([1, 2, 4]),
      status: z.enum(['New', 'In Progress', 'Resolved']),
      is_alert: z.literal(true),
    },
    confidence_id: z.literal([1, 2, 3]).optional(),
    confidence: z.enum(['Low', 'Medium', 'High']).optional(),
    confidence_score: z.number().int().min(0).max(100).optional(),
    metadata: z.strictObject({
      version: z.literal('1.6.0'),
      uid: z.string().min(1),
      product: z.strictObject({ vendor_name: z.string(), name: z.string() }),
      ...{ tenant_uid: z.string(), event_code: z.string(), correlation_uid: z.string() },
    }),
    finding_info: z.strictObject({
      ...{ uid: z.string().min(1), title: z.string().min(1), desc: z.string(), types: z.array(z.string()) },
      ...{ created_time: ms, first_seen_time: ms, last_seen_time: ms, related_events_count: z.number().int() },
      analytic: z.strictObject({
        uid: z.string(),
        name: z.string(),
        type_id: z.literal(2),
        type: z.literal('Behavioral'),
      }),
      attacks: z.array(z.strictObject({ technique: z.strictObject({ uid: z.string() }) })).optional(),
      tags: z.array(z.strictObject({ name: z.string(), values: z.array(z.string()) })).optional(),
    }),
    anomaly_analyses: z
      .array(
        z.strictObject({
          analysis_targets: z.array(z.strictObject({ name: z.string(), type: z.string() })).min(1),
          anomalies: z.array(observed).min(1),
          baselines: z.array(observed).min(1),
        }),
      )
      .optional(),
    evidences: z
      .array(
        z.strictObject({
          ...{ uid: z.string(), name: z.string() },
          actor: z.strictObject({
            user: z.strictObject({
              ...{ name: z.string(), type_id: z.literal(4), type: z.literal('Service') },
              credential_uid: z.string().optional(),
            }),
            session: z.strictObject({ uid: z.string() }),
          }),
          api: z.strictObject({
            operation: z.string(),
            service: z.strictObject({ name: z.string() }),
            request: z.strictObject({ uid: z.string() }),
          }),
        }),
      )
      .optional(),
    resources: z.array(z.strictObject({ name: z.string(), type: z.string() })),
    unmapped: z.record(z.string(), z.unknown()),
  })
  .refine((finding) => finding.type_uid === finding.class_uid * 100 + finding.activity_id)
