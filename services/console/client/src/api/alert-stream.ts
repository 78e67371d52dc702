import { type StreamEvents, streamEvents } from '@straylight/console/contract/alert-stream'
import { alertStreamPath } from '@straylight/console/contract/routes'
import { useEffect, useRef, useState } from 'react'

export type StreamState = 'connecting' | 'live' | 'paused' | 'over'

/** Hears of new and changed alerts while `on`; the browser connects again by itself, and says where it had got to. */
export function useAlertStream(on: boolean, onAlert: (event: StreamEvents['alert']) => void): StreamState {
  const [state, setState] = useState<StreamState>('connecting')
  const latest = useRef(onAlert)
  latest.current = onAlert
  useEffect(() => {
    if (!on) {
      setState('paused')
      return undefined
    }
    setState('connecting')
    const source = new EventSource(alertStreamPath)
    source.addEventListener('open', () => setState('live'))
    source.addEventListener('error', () => setState(source.readyState === EventSource.CLOSED ? 'over' : 'connecting'))
    source.addEventListener('alert', ({ data }) => {
      const event = streamEvents.alert.safeParse(JSON.parse(String(data)))
      if (event.success) latest.current(event.data)
    })
    source.addEventListener('over', () => {
      source.close()
      setState('over')
    })
    return () => source.close()
  }, [on])
  return state
}
