import type { ReactNode } from 'react'
import { Badge } from './badge.tsx'

/** Beside what an agent did and its profile does not hold: it waits for an answer, or a person called it true. */
export function NotLearnt(): ReactNode {
  return <Badge tone="quiet">not learnt</Badge>
}
