import type { ReactNode } from 'react'

/** A summary's first sentence, and what comes after it. */
export function sentencesOf(summary: string): readonly [first: string, rest: string] {
  const end = /[^.\s]{2,}[.!?]"?\s+(?=["A-Z])/.exec(summary)
  if (end === null) return [summary, '']
  const at = end.index + end[0].length
  return [summary.slice(0, at).trim(), summary.slice(at)]
}

/** A summary whose first sentence stands out. */
export function Summary({ text }: { text: string }): ReactNode {
  const [first, rest] = sentencesOf(text)
  return (
    <>
      {first}
      {rest === '' ? null : <span className="rest"> {rest}</span>}
    </>
  )
}
