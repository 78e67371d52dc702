import { z } from 'zod'
import { AgentEvent, Credential, TimeMs } from './agent-event.ts'
import { withinBounds } from './within-bounds.ts'

/** A moment as ISO 8601 with seconds and a zone (`2026-11-22T10:00:00.000Z`, `…+02:00`); finer than a millisecond is cut. */
const IsoTime = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-11-22T10:00:00.000Z' })
  .transform((text) => Date.parse(text))
  .pipe(TimeMs)

/** What ingest itself says of an event is no sender's to say. */
const made = { format: true, registered: true, content_hash: true, position: true, proven: true } as const

/** An optional field may be left out or `null`: both mean unknown. */
const shape = AgentEvent.omit(made).partial().shape

const Fields = z.object({
  ...Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, field.nullish()])),
  time: IsoTime,
  agent: AgentEvent.shape.agent,
  system: AgentEvent.shape.system,
  action: AgentEvent.shape.action,
  credential: z
    .object({
      id: Credential.shape.id,
      issued_at: IsoTime.nullish(),
      expires_at: IsoTime.nullish(),
      scopes: Credential.shape.scopes.nullish(),
    })
    .nullish(),
  source: z.object({ ip: AgentEvent.shape.agent.nullish(), host: AgentEvent.shape.agent.nullish() }).nullish(),
})

/**
 * The native form of an input: one JSON object a line, or the `data` of a CloudEvent of type `agent.action.v1`.
 * What shippers are promised; `services/ingest` reads it with faster code that a test holds to this schema.
 * Fields it does not name are ignored, and a field of the wrong type rejects the event; what the agent itself chose
 * (`within-bounds.ts`) is brought into its bounds first, and named in `dropped_fields` where it was of a wrong type.
 */
export const NativeEvent = z.preprocess(
  (value) => (typeof value === 'object' && value !== null ? withinBounds(value as Record<string, unknown>) : value),
  Fields,
)
