import type { RegistryGaps } from '@straylight/console/contract/registry-gaps'
import type { ReactNode } from 'react'
import { Shown, useLoaded } from '../api/use-loaded.tsx'
import { AgentsTable } from '../parts/agents-table.tsx'
import { Block } from '../parts/block.tsx'
import { countText } from '../parts/quantity.ts'
import { useTitle } from '../parts/use-title.ts'

type GapKind = 'unregistered' | 'unowned' | 'unbounded' | 'never_seen'

const kinds: readonly (readonly [GapKind, string, string, string])[] = [
  [
    'unregistered',
    'Not registered',
    'Events name them and the registry does not. Nothing is revoked on their account.',
    'Every agent is registered.',
  ],
  [
    'unowned',
    'Without an owner',
    'Nobody answers for them. Name an owner in the registry.',
    'Every registered agent has an owner.',
  ],
  [
    'unbounded',
    'Without a boundary',
    'Nothing says what they may do, so nothing that they do is outside.',
    'Every registered agent has a boundary.',
  ],
  [
    'never_seen',
    'Never seen',
    'Registered, and no event of theirs has come: a name misspelt, or an agent that is not used.',
    'Every registered agent was seen.',
  ],
]

/** Where the registry and the events do not agree. */
export function RegistryGapsPage(): ReactNode {
  const loaded = useLoaded('registryGaps', {})
  useTitle('Registry gaps')
  return (
    <div className="page">
      <h1>Registry gaps</h1>
      <p>Agents that the registry leaves open. Mend them in the registry file, agents.yaml.</p>
      <Shown of={loaded}>{(gaps) => kinds.map((kind) => <GapBlock key={kind[0]} gaps={gaps} kind={kind} />)}</Shown>
    </div>
  )
}

function GapBlock({ gaps, kind }: { gaps: RegistryGaps; kind: (typeof kinds)[number] }): ReactNode {
  const [name, title, sentence, none] = kind
  const { items, more } = gaps[name]
  return (
    <Block
      title={title}
      aside={<strong>{more ? `more than ${countText(items.length)}` : countText(items.length)}</strong>}
    >
      <p className="soft">{sentence}</p>
      <AgentsTable caption={title} rows={items} none={none} />
    </Block>
  )
}
