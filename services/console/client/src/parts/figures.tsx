import type { ReactNode } from 'react'

export interface HeadFigure {
  readonly name: string
  readonly value: ReactNode
  /** Where the value is words rather than a number. */
  readonly small?: boolean
}

/** The few numbers that a page begins with. */
export function Figures({ of }: { of: readonly HeadFigure[] }): ReactNode {
  return (
    <dl className="figures">
      {of.map(({ name, value, small }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className={small ? 'small' : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
