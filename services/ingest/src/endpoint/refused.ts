/** What a request is refused with. */
export class Refused extends Error {
  override name = 'Refused'
  readonly status: number
  readonly code: string
  /** When to send again, whole seconds; only where sending again helps. */
  readonly retryAfterSeconds: number | undefined

  constructor(status: number, code: string, message: string, retryAfterSeconds?: number) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export const tooLarge = (bytesMax: number): Refused =>
  new Refused(413, 'too_large', `the body is larger than ${bytesMax} bytes: send it in parts`)
