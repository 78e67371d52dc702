import { type ReactNode, useEffect, useState } from 'react'
import { spanText } from './quantity.ts'

const local = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
const localSeconds = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

const localClock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' })

const utcText = (ms: number) => `${new Date(ms).toISOString().replace('T', ' ').slice(0, 19)} UTC`

/** A point in time in the reader's own zone; UTC stands in the hint. `ago`: says how long ago it was. `clock`: hour and minute alone. */
export function When({
  ms,
  ago = false,
  seconds = false,
  clock = false,
}: {
  ms: number
  ago?: boolean
  seconds?: boolean
  clock?: boolean
}): ReactNode {
  const date = new Date(ms)
  const text = (seconds ? localSeconds : local).format(date)
  return (
    <time dateTime={date.toISOString()} title={`${text}, your time; ${utcText(ms)}`} className="nowrap">
      {ago ? <Ago ms={ms} /> : clock ? localClock.format(date) : text}
    </time>
  )
}

const minuteMs = 60_000

function Ago({ ms }: { ms: number }): ReactNode {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), minuteMs)
    return () => clearInterval(timer)
  }, [])
  if (ms > now + minuteMs) return `in ${spanText(ms - now)}`
  return now - ms < minuteMs ? 'just now' : `${spanText(now - ms)} ago`
}
