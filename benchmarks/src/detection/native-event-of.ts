import type { StreamEvent } from './stream-event.ts'

const outcomes = { ok: 'success', error: 'failure', denied: 'denied', omitted: 'success' } as const

/** The native input form of a stream's event, as a shipper would write it: the detector never sees another. */
export function nativeEventOf(event: StreamEvent) {
  return {
    id: event.id,
    time: event.ts,
    agent: event.agent,
    session: event.session,
    system: event.system,
    tool: event.action,
    action: event.action,
    destinations: event.dest ?? [],
    argument_names: event.arg_keys ?? [],
    bytes_sent: event.bytes_out,
    bytes_received: event.bytes_in,
    outcome: outcomes[event.outcome],
    argument_values: argumentValues(event),
    result_values: event.result_values,
    request_values: event.request_values,
    context_values: event.context_values,
  }
}

/** Values by the argument they stand in; one whose argument is not reported stands in `argument`. */
function argumentValues(event: StreamEvent): Record<string, string[]> | undefined {
  if (!event.arg_values) return undefined
  // A Map first: an argument may be called `__proto__`.
  const byName = new Map<string, string[]>()
  for (const [at, value] of event.arg_values.entries()) {
    const name = event.arg_keys?.[event.arg_slot?.[at] ?? -1] ?? 'argument'
    byName.set(name, [...(byName.get(name) ?? []), value])
  }
  return Object.fromEntries(byName)
}
