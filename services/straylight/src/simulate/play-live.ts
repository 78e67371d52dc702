import { setTimeout } from 'node:timers/promises'
import type { FleetEvent } from '@straylight/demo/fleet/native-event'
import type { LivePlan, PlannedCall } from './live-plan.ts'

/** What the sending of a plan came to. */
export interface Played {
  readonly sent: number
  readonly rejected: number
  /** By place of the scenario: wall clock of its first stray call, calls planned, calls made. */
  readonly scenarios: readonly { readonly sent_at: number; readonly calls: number; readonly calls_made: number }[]
}

export interface PlayOptions {
  /** Sends calls in order; resolves with how many were refused when the log has the others. */
  readonly send: (events: readonly FleetEvent[]) => Promise<number>
  /** What the gateway asks the broker before it lets a call pass. */
  readonly isRevoked: (event: FleetEvent) => boolean
  /** Whether the call is one of the straying agent, and not of the other one drawn in. */
  readonly isStray: (call: PlannedCall) => boolean
  readonly onBegin: (scenario: number) => void
}

const tickMs = 100

/** Plays a plan against the wall clock. A call whose credential is revoked is not made. */
export async function playLive(plan: LivePlan, options: PlayOptions): Promise<Played> {
  const scenarios = plan.begins.map(() => ({ sent_at: 0, calls: 0, calls_made: 0 }))
  const started = Date.now()
  let sent = 0
  let rejected = 0
  for (let next = 0; next < plan.calls.length; ) {
    const due: FleetEvent[] = []
    for (let call = plan.calls[next]; call && call.after_ms <= Date.now() - started; call = plan.calls[++next]) {
      if (isMade(call, scenarios, options)) due.push(call.event)
    }
    if (due.length > 0) rejected += await options.send(due)
    sent += due.length
    await setTimeout(tickMs)
  }
  return { sent, rejected, scenarios }
}

function isMade(
  call: PlannedCall,
  scenarios: { sent_at: number; calls: number; calls_made: number }[],
  options: PlayOptions,
): boolean {
  const made = !options.isRevoked(call.event)
  const scenario = call.scenario === undefined ? undefined : scenarios[call.scenario]
  if (call.scenario === undefined || scenario === undefined || !options.isStray(call)) return made
  if (scenario.calls === 0) {
    options.onBegin(call.scenario)
    scenario.sent_at = Date.now()
  }
  scenario.calls++
  if (made) scenario.calls_made++
  return made
}
