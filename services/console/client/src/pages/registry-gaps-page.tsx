import type { RegistryGaps } from '@straylight/console/contract/registry-gaps'
import type { ReactNode } from 'react'
import { Shown, useLoaded } from '../api/use-loaded.tsx'
import { AgentsTable } from '../parts/agents-table.tsx'
import { Block } from '../parts/block.tsx'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { AgentLink } from '../parts/names.tsx'
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
      <p>Agents that the registry leaves open. Mend them in the registry, the file that STRAYLIGHT_REGISTRY names.</p>
      <Shown of={loaded}>
        {(gaps) => (
          <>
            <Lookalikes gaps={gaps} />
            <Renames gaps={gaps} />
            {kinds.map((kind) => (
              <GapBlock key={kind[0]} gaps={gaps} kind={kind} />
            ))}
          </>
        )}
      </Shown>
    </div>
  )
}

/** Who took the place of an agent that fell silent: nobody but the registry can say that it is the same. */
const Renames = ({ gaps }: { gaps: RegistryGaps }): ReactNode => (
  <AlikeBlock
    part={gaps.renames}
    title="Look like an agent under a new name"
    caption="Agents that look like another under a new name"
    columns={[
      { name: 'Alike', cell: ({ alike }) => alike },
      {
        name: 'Registry entry, if it is the same',
        cell: ({ write }) => (write === null ? 'None: the old name is still active' : <code>{write}</code>),
      },
    ]}
  >
    Not registered, and at work as an agent was that fell silent. Until the registry says that it is the same, it is
    judged as a stranger.
  </AlikeBlock>
)

/** Names that pass for a registered one's; they came live or by history. */
const Lookalikes = ({ gaps }: { gaps: RegistryGaps }): ReactNode => (
  <AlikeBlock
    part={gaps.lookalikes}
    title="Look like a registered agent"
    caption="Agents that look like a registered one"
    columns={[{ name: 'Events', number: true, cell: ({ agent }) => countText(agent.events) }]}
  >
    Not registered, under a name that people take for another. Characters that differ are shown as codes.
  </AlikeBlock>
)

type Alike = RegistryGaps['lookalikes']['items'][number]

interface AlikeBlockProps<Row extends Alike> {
  readonly part: { readonly items: readonly Row[]; readonly more: boolean }
  readonly title: string
  readonly caption: string
  /** Beside the agent and whom it looks like. */
  readonly columns: readonly Column<Row>[]
  /** What it means. */
  readonly children: ReactNode
}

/** Agents that look like another one; nothing where there are none. */
function AlikeBlock<Row extends Alike>({ part, title, caption, columns, children }: AlikeBlockProps<Row>): ReactNode {
  const { items, more } = part
  if (items.length === 0) return null
  return (
    <Block title={title} aside={<strong>{more ? 'more than these' : countText(items.length)}</strong>}>
      <p className="soft">{children}</p>
      <DataTable
        caption={caption}
        rows={items}
        keyOf={({ agent }) => `${agent.tenant} ${agent.agent}`}
        columns={[
          { name: 'Agent', heads: true, cell: ({ agent }) => <AgentLink tenant={agent.tenant} agent={agent.agent} /> },
          {
            name: 'Looks like',
            cell: ({ agent, looks_like }) => <AgentLink tenant={agent.tenant} agent={looks_like} />,
          },
          ...columns,
        ]}
      />
    </Block>
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
