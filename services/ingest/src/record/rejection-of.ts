import { cutText } from '@straylight/schemas/cut-text'
import type { Headers } from '../formats/format.ts'
import { headBytesMax, originalOf, sha256Of } from './cut-record.ts'
import type { Fault, RejectionDraft } from './event-draft.ts'
import type { RejectedAgent } from './rejected-agent.ts'
import { tenantHeader } from './sender.ts'

/** A fault with the bytes it was found in: length, hash and the first 64 KiB. `of`: whose record it was, where it is known. */
export function rejectionOf(
  fault: Fault,
  index: number,
  source: Buffer | string,
  { headers, of = null }: { headers: Headers; of?: RejectedAgent | null },
): RejectionDraft {
  const bytes = typeof source === 'string' ? Buffer.from(source) : source
  const original = originalOf(headers)
  const tenant = headers[tenantHeader] ?? of?.tenant
  return {
    code: fault.code,
    reason: cutText(fault.reason, 2000),
    ...(fault.path === undefined ? {} : { path: cutText(fault.path, 300) }),
    ...(tenant === undefined ? {} : { tenant: cutText(tenant, 512) }),
    ...(of === null ? {} : { agent: of.agent, registered: of.registered }),
    index,
    length_bytes: original?.length_bytes ?? bytes.length,
    sha256: original?.sha256 ?? sha256Of(bytes),
    head_base64: bytes.toString('base64', 0, headBytesMax),
  }
}
