import type { ReactNode } from 'react'
import type { TimesOfAlert } from './timed-parts.ts'
import { TimedText } from './timed-text.tsx'

/** A summary's first sentence, and what comes after it. */
export function sentencesOf(summary: string): readonly [first: string, rest: string] {
  const end = /[^.\s]{2,}[.!?]"?\s+(?=["A-Z])/.exec(summary)
  if (end === null) return [summary, '']
  const at = end.index + end[0].length
  return [summary.slice(0, at).trim(), summary.slice(at)]
}

/** A summary whose first sentence stands out. `of`: its alert. */
export function Summary({ text, of }: { text: string; of: TimesOfAlert }): ReactNode {
  const [first, rest] = sentencesOf(text)
  return (
    <>
      <TimedText text={first} of={of} />
      <RestOfSummary rest={rest} of={of} />
    </>
  )
}

/** What comes after the first sentence. */
export function RestOfSummary({ rest, of }: { rest: string; of: TimesOfAlert }): ReactNode {
  if (rest === '') return null
  return (
    <span className="rest">
      {' '}
      <TimedText text={rest} of={of} />
    </span>
  )
}
