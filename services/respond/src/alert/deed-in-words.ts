import type { Cause, Finding } from '@straylight/schemas/finding'
import { manyTargets } from './alert-index.ts'
import { nameInSentence } from './name-in-sentence.ts'

/** What an agent did that strayed, to go on after its name: 'sent to a destination it had never sent to: x.example'. */
export function deedInWords(
  { cause, target }: { readonly cause: Cause; readonly target: string },
  lead: Finding | undefined,
): string {
  // Where one alert stands for many targets, the gravest of them is the one that is named.
  const named = target === manyTargets && lead !== undefined ? lead : { cause, target }
  const name = targetInWords(named)
  if (named.cause === 'renamed_agent' && lead?.renamed_from?.heard_again !== undefined)
    return `acts like ${name}, which is still active`
  const rare = lead !== undefined && isKnownToIt(lead, named.target) ? rarely[named.cause] : undefined
  return (rare ?? did[named.cause])(name)
}

/** A privilege's key as people say it: 'admin' for `privilege:admin`, 'scope mail.read' for `scope:mail.read`. */
function targetInWords({ cause, target }: { readonly cause: Cause; readonly target: string }): string {
  if (cause !== 'privilege') return nameInSentence(target, 120)
  if (target.startsWith('scope:')) return `scope ${nameInSentence(target.slice('scope:'.length), 110)}`
  return nameInSentence(target.replace(/^privilege:/, ''), 120)
}

/** The reasons that name the target count it, and none says that it was never met: the first line must not say so either. */
function isKnownToIt({ reasons }: Finding, target: string): boolean {
  const about = reasons.filter((reason) => reason.includes(target))
  return about.length > 0 && !about.some((reason) => /\bnever\b|\bno earlier\b/.test(reason))
}

type Deed = (target: string) => string

const did: Record<Cause, Deed> = {
  new_system: (target) => `used a system it had never used: ${target}`,
  new_action: (target) => `did something it had never done: ${target}`,
  new_destination: (target) => `sent to a destination it had never sent to: ${target}`,
  order: (target) => `acted in an unusual order: ${target}`,
  data_flow: (target) => `gave ${target} a value from an unusual source`,
  arguments: (target) => `called with unusual arguments: ${target}`,
  volume: (target) => `moved far more data than usual: ${target}`,
  session_volume: (target) => `moved far more data in one session than usual: ${target}`,
  privilege: (target) => `acted with unusual rights: ${target}`,
  credential_shared: (target) => `used a credential of another agent: ${target}`,
  outcome: (target) => `failed or was denied far more often than usual: ${target}`,
  window_volume: () => 'moved far more data within a short time than usual',
  rate: () => 'acted far more often than usual',
  destructive_burst: () => 'deleted, reset or removed far more than usual',
  refused_burst: () => 'failed or was denied far more often within a short time than usual',
  fan_out: () => 'reached far more places within an hour than usual',
  unusual_time: () => 'acted at an unusual time',
  credential_expired: (target) => `used a credential past its expiry: ${target}`,
  credential_age: (target) => `used a credential far older than usual: ${target}`,
  new_delegation: (target) => `acted for an agent that had never called it: ${target}`,
  new_source: () => 'acted from a network address that it had never used',
  outside_boundary: (target) => `acted outside its boundary: ${target}`,
  public_exposure: (target) => `opened something to everybody: ${target}`,
  field_missing: () => 'left out fields that it always reports',
  guard_signal: (target) => `raised an unusual signal of another guard: ${target}`,
  slow_ramp: (target) => `does more from day to day: ${target}`,
  silent_agent: () => 'has fallen silent',
  silent_source: () => 'has fallen silent at once: look at the log shipper first',
  unowned_agent: () => 'is active and not in the registry',
  name_confusable: (target) => `has a name that looks like that of ${target}`,
  renamed_agent: (target) => `looks like ${target} under a new name`,
  changed_repeat: (target) => `sent an event id again with other content: ${target}`,
  behaviour: (target) => `deviated from its usual behaviour: ${target}`,
}

/** What it did before, though seldom. */
const rarely: Partial<Record<Cause, Deed>> = {
  new_system: (target) => `used a system it rarely uses: ${target}`,
  new_action: (target) => `did something it rarely does: ${target}`,
  new_destination: (target) => `sent to a destination it rarely sends to: ${target}`,
  new_delegation: (target) => `acted for an agent that rarely calls it: ${target}`,
}
