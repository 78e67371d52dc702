import type { ReactNode } from 'react'

export type Tone = 'critical' | 'high' | 'medium' | 'low' | 'good' | 'quiet'

/** Shape, word and colour say the same. */
const shapes: Readonly<Record<string, string>> = {
  critical: '◆',
  high: '▲',
  medium: '■',
  low: '●',
  good: '✓',
  quiet: '',
}

/** A short state in words, with a colour and a shape beside it. */
export function Badge({ tone, children }: { tone: Tone; children: ReactNode }): ReactNode {
  const shape = shapes[tone] ?? ''
  return (
    <span className={`badge ${tone}`}>
      {shape === '' ? null : <span aria-hidden="true">{shape}</span>}
      {children}
    </span>
  )
}

export function SeverityBadge({ severity }: { severity: 'low' | 'medium' | 'high' | 'critical' }): ReactNode {
  return <Badge tone={severity}>{severity}</Badge>
}
