import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { alertAddress } from './names.tsx'
import { RestOfSummary, sentencesOf } from './summary.tsx'
import type { TimesOfAlert } from './timed-parts.ts'
import { TimedText } from './timed-text.tsx'

/** An alert's first sentence, leading to its page; what comes after it is not part of the link. */
export function AlertLink({
  alert,
}: {
  alert: TimesOfAlert & { readonly id: string; readonly summary: string }
}): ReactNode {
  const [first, rest] = sentencesOf(alert.summary)
  return (
    <>
      <Link href={alertAddress(alert.id)}>
        <TimedText text={first} of={alert} />
      </Link>
      <RestOfSummary rest={rest} of={alert} />
    </>
  )
}
