/** How the call that a value came out of was itself rooted: in the request, in nothing (no arguments), in memory, or in values of the agent's own making. */
export type Root = 'requested' | 'ambient' | 'context' | 'invented'

/** Where a value of an argument came from: the step that returned it, or one of the sources below. */
export interface Origin {
  readonly source: string
  /** How the returning call was rooted; '' where the source is no call. */
  readonly root: Root | ''
  /** Ordinal in the session of the call that returned it; 0 where the source is no call. */
  readonly call: number
  /** Id of that call's event. */
  readonly event?: string
}

/** Sources that are no step; a step always holds a '/'. */
export const requestSource = 'request'
export const contextSource = 'context'
export const selfSource = 'self'
/**
 * What a list was cut off, or could not be read of it. A source of its own: such a value is no agent's invention, and is still held
 * against what its argument took before, or padding an output would switch that off.
 */
export const cutSource = 'cut'
/** Most sources of one value that are reported. */
export const originsMax = 4

/** What one event brought into the session. `at`: its ordinal in the session, from 1. */
export interface RememberedCall {
  readonly at: number
  /** Id of the event, so that a person can look at what fed a later call. */
  readonly event: string
  readonly step: string
  readonly root: Root
  /** Values put before the agent from memory or retrieved text, by its arguments, and by what came back. */
  readonly context: readonly string[]
  readonly used: readonly string[]
  readonly returned: readonly string[]
}

/** Adds a call, or what was put before it, to a value's origins: each step counts once, four at most. */
export function withOrigin(origins: Origin[] | null, call: RememberedCall, context: boolean): Origin[] {
  const source = context ? contextSource : call.step
  if (origins === null) return [context ? { source, root: '', call: 0 } : originOf(call)]
  if (origins.length === originsMax) return origins
  for (let at = 0; at < origins.length; at++) if ((origins[at] as Origin).source === source) return origins
  origins.push(context ? { source, root: '', call: 0 } : originOf(call))
  return origins
}

const originOf = ({ step, root, at, event }: RememberedCall): Origin => ({ source: step, root, call: at, event })

export const fromCut: readonly Origin[] = [{ source: cutSource, root: '', call: 0 }]
