import type { Log, LogRecord } from '@straylight/runtime/log/log'
import type { Logger } from '@straylight/runtime/process/logger'
import type { StageFault } from '@straylight/runtime/set-aside/set-asides'
import type { Finding } from '@straylight/schemas/finding'
import type { Policy } from '@straylight/schemas/policy'
import type { Keys } from './command/signing-keys.ts'
import type { Deliver } from './deliver/webhook-delivery.ts'
import type { RespondMetrics } from './respond-metrics.ts'

/** What respond works with. */
export interface RespondOptions {
  readonly log: Log
  readonly policy: Policy
  readonly keys: Keys
  /** Names this deployment in commands: `/straylight/<name>`. */
  readonly issuer: string
  /** Wall clock in milliseconds; in a replay, log time. */
  readonly now: () => number
  /** Null: nothing is ever delivered (replay). */
  readonly deliver: Deliver | null
  /** Why the detector should not be trusted with this finding just now, or null. */
  readonly health: (finding: Pick<Finding, 'tenant' | 'agent' | 'log' | 'source'>) => string | null
  /** Called where respond failed on a record, which it set aside. */
  readonly onFault?: (fault: StageFault) => void
  /** For tests: called with each record; throwing is a bug of ours that shows on this record alone. */
  readonly faults?: { readonly onRecord?: (record: LogRecord) => void }
  readonly observe?: (observation: ObservedFinding) => void
  readonly logger?: Pick<Logger, 'info' | 'warn'>
  readonly metrics?: RespondMetrics
}

/** What became of one finding. */
export interface ObservedFinding {
  readonly finding_id: string
  readonly event_id: string
  readonly outcome: 'observed' | 'suppressed' | 'opened' | 'updated' | 'reopened' | 'withdrawn'
  readonly alert_id: string | null
}
