import type { NewRecord } from '@straylight/runtime/log/log'
import { topics } from '@straylight/schemas/topics'

/** One plain event in the native form, as a record of `agent.audit.v1` keyed by its agent; `change` overrides its fields. */
export function nativeRecord(change: Record<string, unknown> & { id: string; agent: string; time: number }): NewRecord {
  const { time, ...rest } = change
  const event = { system: 'crm', action: 'contacts.read', ...rest, time: new Date(time).toISOString() }
  return { topic: topics.audit.name, key: change.agent, value: JSON.stringify(event), timestamp: time }
}

/** `lender` uses a credential, and `borrower` uses it a second later: a finding that needs no history. */
export function lentCredential(of: { name: string; time: number; lender: string; borrower: string }): NewRecord[] {
  const { name, time, lender, borrower } = of
  const credential = { id: name }
  return [
    nativeRecord({ id: `${name}-1`, agent: lender, time, credential }),
    nativeRecord({ id: `${name}-2`, agent: borrower, time: time + 1_000, credential }),
  ]
}
