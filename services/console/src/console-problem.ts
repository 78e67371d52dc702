import { StraylightError } from '@straylight/schemas/straylight-error'
import type { ConsoleFault } from './contract/console-fault.ts'

const statusOf: Record<ConsoleFault['code'], number> = {
  bad_request: 400,
  not_signed_in: 401,
  sign_in_refused: 401,
  not_allowed: 403,
  cross_site: 403,
  not_found: 404,
  changed_since: 409,
  too_many: 429,
  busy: 503,
  too_slow: 504,
  away: 503,
  failed: 500,
}

/** Why a question of the console has no answer: what the asker hears, in words that name nothing of the inside. */
export class ConsoleProblem extends StraylightError {
  override readonly name = 'ConsoleProblem'
  override readonly code: ConsoleFault['code']
  readonly retryAfterSeconds: number | undefined

  constructor(code: ConsoleFault['code'], message: string, more: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, { cause: more.cause })
    this.code = code
    this.retryAfterSeconds = more.retryAfterSeconds
  }

  /** HTTP status. */
  get status(): number {
    return statusOf[this.code]
  }

  get fault(): ConsoleFault {
    const after = this.retryAfterSeconds
    return { code: this.code, message: this.message, ...(after === undefined ? {} : { retry_after_seconds: after }) }
  }
}
