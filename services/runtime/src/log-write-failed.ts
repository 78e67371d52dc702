import { errorText } from '@straylight/schemas/error-text'
import { StraylightError } from '@straylight/schemas/straylight-error'
/** The embedded log could not write; `code` says why, as the system does (`EIO`: less was written than asked for, as on a full disk). */
export class LogWriteFailed extends StraylightError {
  override readonly name = 'LogWriteFailed'
  override readonly code: string

  constructor(directory: string, reason: unknown) {
    const code = codeOf(reason)
    const said = errorText(reason)
    super(`The log in ${directory} could not be written (${code}): ${said}`, { cause: reason })
    this.code = code
  }
}

/** LMDB rejects a commit with a promise of its reason, which it keeps rejecting for whoever asks. */
export async function reasonOfCommit(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error
  const reason = Promise.resolve(error.commitError).then(
    () => error,
    (cause: unknown) => cause,
  )
  // It is reported in the same turn of LMDB's, or never.
  return Promise.race([reason, new Promise<unknown>((resolve) => setTimeout(() => resolve(error), 200))])
}

const codes: Readonly<Record<string, string>> = {
  '5': 'EIO',
  '27': 'EFBIG',
  '28': 'ENOSPC',
  '30': 'EROFS',
  '122': 'EDQUOT',
}

function codeOf(reason: unknown): string {
  if (typeof reason !== 'object' || reason === null || !('code' in reason)) return 'unknown'
  return codes[String(reason.code)] ?? String(reason.code)
}
