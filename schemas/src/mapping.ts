import { z } from 'zod'
import { EventFormat } from './agent-event.ts'

/** Fields of an event that a mapping may fill, as events print them; `person` says that somebody acted who is no agent. */
export const mappedFields = [
  ...['id', 'time', 'agent', 'names', 'person', 'owner', 'session', 'trace', 'parent_agent', 'credential.id'],
  ...['credential.issued_at', 'credential.expires_at', 'credential.scopes', 'privilege', 'tool', 'system', 'resource'],
  ...['action', 'destinations', 'argument_names', 'bytes_sent', 'bytes_received', 'records', 'outcome', 'source.ip'],
  'source.host',
] as const

const sourceHint =
  'must be a selector ($.name), { constant: … }, { from: …, values: { … }, otherwise: … } or a list of these'
const testHint = 'a mapping holds a test at least: a record, and what it becomes'

const Scalar = z.union([z.string().max(512), z.number(), z.boolean()])

/**
 * Schema of a mapping file (`STRAYLIGHT_MAPPINGS`): formats that a deployment adds, as data. `selectorFault` says what is wrong with a
 * selector (JSONPath, RFC 9535), or `null`.
 */
export function mappingFileSchema(selectorFault: (selector: string) => string | null) {
  const Selector = z
    .string()
    .max(300)
    .superRefine((selector, context) => {
      const fault = selectorFault(selector)
      if (fault !== null) context.addIssue({ code: 'custom', message: fault })
    })
  const Table = z.strictObject({
    from: z.union([Selector, z.array(Selector).min(1).max(10)]),
    values: z
      .record(z.string().max(200), z.string().min(1).max(512))
      .refine((table) => Object.keys(table).length <= 1000, 'at most 1000 values'),
    otherwise: z.string().min(1).max(512).optional(),
  })
  const One = z.union([Selector, z.strictObject({ constant: z.string().min(1).max(512) }), Table], sourceHint)
  const Source = z.union([One, z.array(One).min(1).max(20)], sourceHint)
  const Mapping = z.strictObject({
    name: EventFormat,
    title: z.string().max(200).optional(),
    /** Records are lines of `name=value name="value"`, alone or in a field of a wrapping; their pairs are read as an object's fields. */
    text: z.literal('logfmt').optional(),
    /** What a record of this format holds: a selector, and a value, a list of values, or `null` where anything will do. */
    when: z
      .record(Selector, z.union([Scalar, z.array(Scalar).min(1).max(100), z.null()]))
      .refine(
        (conditions) => Object.keys(conditions).length >= 1 && Object.keys(conditions).length <= 20,
        'from 1 to 20 conditions',
      ),
    /** Records of this format that tell of no action: passed over, and counted by the format's name. */
    pass_over: z.record(Selector, z.union([Scalar, z.array(Scalar).min(1).max(100)])).optional(),
    fields: z
      .partialRecord(z.enum(mappedFields), Source)
      .refine(
        (fields) => ['time', 'agent', 'system', 'action'].every((field) => field in fields),
        'time, agent, system and action are required',
      ),
    tests: z
      .array(
        z.strictObject({
          /** The record, or the line of text that one is. */
          record: z.union(
            [z.record(z.string(), z.unknown()), z.string().max(16_384)],
            'must be an object, or a line where `text` is set',
          ),
          /** Fields that the event must have; `passed over` or `rejected` where none comes of it. */
          expect: z.union(
            [z.enum(['passed over', 'rejected']), z.record(z.string(), z.unknown())],
            'must be the fields that the event has, or `passed over`, or `rejected`',
          ),
        }),
        testHint,
      )
      .min(1, testHint)
      .max(100),
  })
  return z.strictObject({
    version: z.literal(1),
    mappings: z.array(Mapping).min(1).max(50),
  })
}

export type MappingFile = z.infer<ReturnType<typeof mappingFileSchema>>
export type Mapping = MappingFile['mappings'][number]
