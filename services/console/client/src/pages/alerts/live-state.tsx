import type { ReactNode } from 'react'
import type { StreamState } from '../../api/alert-stream.ts'
import { countOf } from '../../parts/quantity.ts'

export interface LiveStateProps {
  readonly state: StreamState
  readonly live: boolean
  readonly setLive: (live: boolean) => void
  readonly waiting: number
  readonly refresh: () => void
}

const words: Readonly<Record<StreamState, string>> = {
  connecting: 'Connects…',
  live: 'Live',
  paused: 'Paused',
  over: 'Not live: load the page again',
}

/** Whether new alerts come by themselves, with a pause; how many wait is said, and no more than that is read out. */
export function LiveState({ state, live, setLive, waiting, refresh }: LiveStateProps): ReactNode {
  return (
    <div className="row no-print">
      <span role="status">
        {words[state]}
        {waiting === 0 ? '' : `; ${countOf(waiting, 'alert')} came or changed`}
      </span>
      {waiting === 0 ? null : (
        <button type="button" onClick={refresh}>
          Show
        </button>
      )}
      <button type="button" aria-pressed={!live} onClick={() => setLive(!live)} aria-keyshortcuts="p">
        Pause
      </button>
    </div>
  )
}
