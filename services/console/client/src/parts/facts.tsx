import type { ReactNode } from 'react'

/** Names with their values; what is not known is left out. */
export function Facts({ of }: { of: readonly (readonly [string, ReactNode])[] }): ReactNode {
  const known = of.filter(([, value]) => value !== undefined && value !== null && value !== '')
  return (
    <dl className="facts">
      {known.map(([name, value]) => (
        <Fact key={name} name={name} value={value} />
      ))}
    </dl>
  )
}

function Fact({ name, value }: { name: string; value: ReactNode }): ReactNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  )
}
