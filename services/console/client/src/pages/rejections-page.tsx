import type { ReactNode } from 'react'
import { Shown, useLoaded } from '../api/use-loaded.tsx'
import { Block } from '../parts/block.tsx'
import { Facts } from '../parts/facts.tsx'
import { countOf, countText } from '../parts/quantity.ts'
import { useTitle } from '../parts/use-title.ts'
import { When } from '../parts/when.tsx'

/** What could not be read, by code, field and origin, with a sample each. */
export function RejectionsPage(): ReactNode {
  const loaded = useLoaded('rejections', {})
  useTitle('Rejections')
  return (
    <div className="page">
      <h1>Rejections</h1>
      <p>Records that could not become events. Nothing is lost: each stays in the log with its reason.</p>
      <Shown of={loaded}>
        {({ items, read, more }) => (
          <>
            {items.length === 0 ? <p className="note good">Nothing was rejected.</p> : null}
            {items.map((one) => (
              <Block
                key={`${one.code} ${one.path} ${one.origin} ${one.kind}`}
                title={`${one.code}${one.path === null ? '' : ` at ${one.path}`}`}
                aside={<strong>{countText(one.count)}</strong>}
              >
                <p>{one.sample.reason}</p>
                <Facts
                  of={[
                    ['Came by', one.origin ?? 'the topic itself'],
                    ['Newest', <When key="newest" ms={one.newest_at} ago />],
                    [
                      'Sample at',
                      `${one.sample.topic}, partition ${one.sample.partition}, offset ${one.sample.offset}`,
                    ],
                    ['Looks like', one.sample.formats.join(', ')],
                  ]}
                />
                <pre>{one.sample.head}</pre>
              </Block>
            ))}
            <p className="soft">
              Drawn from the newest {countOf(read, 'rejection')}.{more ? ' There are more kinds than these.' : ''}
            </p>
          </>
        )}
      </Shown>
    </div>
  )
}
