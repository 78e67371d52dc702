import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { alertAddress } from './names.tsx'
import { sentencesOf } from './summary.tsx'

/** An alert's first sentence, leading to its page; what comes after it is not part of the link. */
export function AlertLink({ id, summary }: { id: string; summary: string }): ReactNode {
  const [first, rest] = sentencesOf(summary)
  return (
    <>
      <Link href={alertAddress(id)}>{first}</Link>
      {rest === '' ? null : <span className="rest"> {rest}</span>}
    </>
  )
}
