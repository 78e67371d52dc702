import type { LeastPrivilege } from '@straylight/console/contract/agent-detail'
import type { ReactNode } from 'react'
import { Block } from '../../parts/block.tsx'
import { Facts } from '../../parts/facts.tsx'
import { numberText } from '../../parts/quantity.ts'

/** What is granted and never used: rights that could be taken away. */
export function LeastPrivilegeBlock({ least }: { least: LeastPrivilege }): ReactNode {
  const named = (names: readonly string[]) => (names.length === 0 ? undefined : <code>{names.join(', ')}</code>)
  return (
    <Block title="Granted and unused">
      <ul className="sentences">
        {least.sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <Facts
        of={[
          ['Unused systems', named(least.unused_systems)],
          ['Unused actions', named(least.unused_actions)],
          ['Used outside of its boundary', named(least.used_outside)],
          ['Granted systems', named(least.granted_systems)],
          ['Granted actions', named(least.granted_actions)],
          ['Scopes of its credentials', named(least.scopes)],
          ['Drawn from', `${numberText(Math.round(least.days))} days of events`],
        ]}
      />
    </Block>
  )
}
