import { writeFileSync } from 'node:fs'
import { EventReader } from '@straylight/events/event-reader'
import { RepeatWindow } from '@straylight/events/repeat-window'
import { listenAtKillPoints } from '@straylight/runtime/process/kill-point'

/**
 * Loaded before the program (`--import`), in the chaos run alone. CHAOS_POINT: the process dies by SIGKILL when it passes that
 * kill point for the CHAOS_PASSES-th time, and leaves the point's name in the file CHAOS_DEATH. CHAOS_KEEP_REPEATS=1: readers of
 * `agent.events.v1` no longer drop what comes twice, which the chaos run must notice.
 */
const { CHAOS_POINT, CHAOS_PASSES = '1', CHAOS_DEATH, CHAOS_KEEP_REPEATS } = process.env

let left = Number(CHAOS_PASSES)
listenAtKillPoints((point) => {
  if (point !== CHAOS_POINT || --left > 0) return
  if (CHAOS_DEATH !== undefined) writeFileSync(CHAOS_DEATH, point)
  process.kill(process.pid, 'SIGKILL')
})

if (CHAOS_KEEP_REPEATS === '1') {
  RepeatWindow.prototype.see = () => 'new'
  const reader = EventReader.prototype as unknown as {
    readEvent(state: { positions: Map<string, unknown> }, record: unknown): unknown
  }
  const { readEvent } = reader
  reader.readEvent = function (state, record) {
    state.positions.clear()
    return readEvent.call(this, state, record)
  }
}
