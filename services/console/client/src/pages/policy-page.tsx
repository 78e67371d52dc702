import type { ReactNode } from 'react'
import { Shown, useLoaded } from '../api/use-loaded.tsx'
import { Block } from '../parts/block.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { useTitle } from '../parts/use-title.ts'
import { TrialBlock } from './policy/trial-block.tsx'

/** The policy in force, read in sentences. */
export function PolicyPage(): ReactNode {
  const loaded = useLoaded('policy', {})
  useTitle('Policy')
  return (
    <div className="page">
      <h1>Policy</h1>
      <Shown of={loaded}>
        {({ id, version, file, sentences, text, issuers, webhooks }) => (
          <>
            <p className="soft">
              {id}, version {version}.{' '}
              {file === null ? 'There is no policy file: this one alerts and revokes nothing.' : `Read from ${file}.`}
            </p>
            <Block title="What happens">
              <ul className="sentences">
                {sentences.map((sentence) => (
                  <li key={sentence}>{sentence}</li>
                ))}
              </ul>
            </Block>
            <div className="columns">
              <Block title="Who may answer">
                <DataTable
                  caption="Issuers that the policy names"
                  rows={issuers}
                  keyOf={({ name }) => name}
                  none="Nobody: the policy names no issuer."
                  columns={[
                    { name: 'Issuer', heads: true, cell: ({ name }) => name },
                    { name: 'Roles', cell: ({ roles }) => roles.join(', ') },
                    { name: 'Tenants', cell: ({ tenants }) => (tenants.includes('*') ? 'all' : tenants.join(', ')) },
                  ]}
                />
              </Block>
              <Block title="Who is alerted">
                <DataTable
                  caption="Webhooks that the policy names"
                  rows={webhooks}
                  keyOf={({ name }) => name}
                  none="Nobody: the policy names no webhook."
                  columns={[
                    { name: 'Webhook', heads: true, cell: ({ name }) => name },
                    { name: 'Format', cell: ({ format }) => format },
                    { name: 'From severity', cell: ({ severity_min }) => severity_min },
                  ]}
                />
              </Block>
            </div>
            <TrialBlock text={text} />
          </>
        )}
      </Shown>
    </div>
  )
}
