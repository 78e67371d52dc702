import type { RouteAnswer, RouteName, RouteQuery } from '@straylight/console/contract/routes'
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { type ApiFault, ask, faultOf, queryText } from './call-api.ts'

export interface Loaded<Value> {
  /** What was loaded last; stays while it is loaded again. */
  readonly value: Value | undefined
  readonly fault: ApiFault | undefined
  readonly reload: () => void
  /** Loads it now and a few times more: what was just said reaches the store some seconds later. */
  readonly follow: () => void
}

interface LoadState<Value> {
  readonly asked: string
  readonly value?: Value
  readonly fault?: ApiFault
}

/** When it is asked again after an answer was given, in milliseconds. */
const followMs = [0, 1_000, 2_500, 5_000, 10_000, 20_000]

/** Loads an answer, and again when what is asked for changes or `reload` is called. */
export function useLoaded<Name extends RouteName>(name: Name, query: RouteQuery<Name>): Loaded<RouteAnswer<Name>> {
  const asked = `${name}${queryText(query ?? {})}`
  const latest = useRef({ name, query })
  latest.current = { name, query }
  const [state, setState] = useState<LoadState<RouteAnswer<Name>>>({ asked: '' })
  const load = useCallback(
    (signal?: AbortSignal) => {
      const { name: of, query: by } = latest.current
      ask(of, by, signal).then(
        (value) => setState({ asked, value }),
        (error: unknown) => {
          if (signal?.aborted) return
          const fault = faultOf(error)
          setState((before) => (before.asked === asked ? { ...before, fault } : { asked, fault }))
        },
      )
    },
    [asked],
  )
  useEffect(() => {
    const abort = new AbortController()
    load(abort.signal)
    return () => abort.abort()
  }, [load])
  const reload = useCallback(() => load(), [load])
  const timers = useRef<ReturnType<typeof setTimeout>[]>([])
  const follow = useCallback(() => {
    for (const timer of timers.current) clearTimeout(timer)
    timers.current = followMs.map((ms) => setTimeout(load, ms))
  }, [load])
  useEffect(() => () => timers.current.forEach(clearTimeout), [])
  if (state.asked !== asked) return { value: undefined, fault: undefined, reload, follow }
  return { value: state.value, fault: state.fault, reload, follow }
}

/** Shows what was loaded, or says that it is on its way or why it is not. */
export function Shown<Value>({
  of,
  children,
}: {
  of: Loaded<Value>
  children: (value: Value) => ReactNode
}): ReactNode {
  return (
    <>
      {of.fault === undefined ? null : <FaultNote fault={of.fault} again={of.reload} />}
      {of.value === undefined && of.fault === undefined ? (
        <p className="soft" role="status">
          Loading…
        </p>
      ) : null}
      {of.value === undefined ? null : children(of.value)}
    </>
  )
}

export function FaultNote({ fault, again }: { fault: ApiFault; again?: () => void }): ReactNode {
  return (
    <div className="note grave" role="alert">
      <p>{fault.message}</p>
      {fault.code === 'not_signed_in' ? <a href="/sign-in">Sign in</a> : null}
      {again === undefined ? null : (
        <button type="button" className="link" onClick={again}>
          Try again
        </button>
      )}
    </div>
  )
}
