import type { JsonObject } from '../../record/field-reader.ts'
import type { MeasuredContents } from './measure-contents.ts'

/**
 * One span or log record, taken out of its document with what it needs of it. Only attributes that are read are kept, and of contents only
 * their sizes and names: this is what stands in the log, and what two routes of one span have in common.
 */
export interface OtlpRecord {
  readonly otlp: 'span' | 'log'
  /**
   * Name by which it is passed over: it tells of no action, or another span tells of the same one. Nothing else is kept then but its place
   * in its trace, its agents and its session, for calls of other documents below it.
   */
  readonly passed_over?: string | undefined
  readonly traceId?: unknown
  readonly spanId?: unknown
  readonly name?: unknown
  /** The span around it that is not in its document, as far as it goes up there; it may come in another one. */
  readonly parentSpanId?: unknown
  /** Name of the instrumentation that wrote it. */
  readonly scope?: unknown
  /** Session that its surroundings name; of what is passed over its own, too. */
  readonly session?: unknown
  /** Nanoseconds since 1970 UTC, as sent; the span's end, or when the log record was written. */
  readonly timeUnixNano?: unknown
  /** Whether its trace has more spans than this one. */
  readonly isPart?: boolean | undefined
  readonly isError?: boolean | undefined
  /** Its error says that a right was missing. */
  readonly isDenied?: boolean | undefined
  /** `mode`: a coding agent's rights were changed. */
  readonly kind?: 'tool' | 'read' | 'mode' | undefined
  readonly attributes?: JsonObject | undefined
  readonly resource?: JsonObject | undefined
  /** Its arguments and result, and their names. */
  readonly contents?: MeasuredContents | undefined
  /** An attribute that stands twice. */
  readonly doubled?: string | undefined
  /** Of the agents that were at work around it in the same document, the nearest first; 8 at most. */
  readonly agents?: readonly string[] | undefined
  /** What further spans of the same call say, for what it does not say itself. */
  readonly related?: JsonObject | undefined
  /** What the requests say that the call made: sums of bytes and records, and where the first went. */
  readonly requests?: Requests | undefined
}

/** HTTP requests and queries below a call. */
export interface Requests {
  sent?: number
  received?: number
  records?: number
  address?: unknown
  port?: unknown
}

/** What a record is called that tells of no action. */
export const passedOver = (of: 'span' | 'log', name: string): OtlpRecord => ({ otlp: of, passed_over: name })

/** Names of what is passed over: a list of ours, since they are counted by name. */
export const passedOverNames = {
  model: 'otlp model call',
  agent: 'otlp agent run',
  other: 'otlp other span',
  repeat: 'otlp further span of a call',
  reported: 'otlp log and span of one call',
  server: "otlp callee's span",
  log: 'otlp other log record',
  conversation: 'otlp gen_ai event',
} as const
