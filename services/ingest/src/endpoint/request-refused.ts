import { StraylightError } from '@straylight/schemas/straylight-error'
/** What a request is refused with. */
export class RequestRefused extends StraylightError {
  override readonly name = 'RequestRefused'
  readonly status: number
  override readonly code: string
  /** When to send again, whole seconds; only where sending again helps. */
  readonly retryAfterSeconds: number | undefined

  constructor(status: number, code: string, message: string, retryAfterSeconds?: number) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export const tooLarge = (bytesMax: number): RequestRefused =>
  new RequestRefused(413, 'too_large', `the body is larger than ${bytesMax} bytes: send it in parts`)
