import { Fragment, type ReactNode } from 'react'
import { type TimesOfAlert, timedParts } from './timed-parts.ts'
import { When } from './when.tsx'

/** A sentence of the program's, with its times in the reader's own zone. `of`: the alert that it tells of, for an hour without a day. */
export function TimedText({ text, of }: { text: string; of?: TimesOfAlert }): ReactNode {
  let place = 0
  return timedParts(text, of).map((part) => {
    place += 'text' in part ? part.text.length : 1
    return (
      <Fragment key={place}>
        {'text' in part ? (
          part.text
        ) : (
          <When ms={part.ms} seconds={part.shows === 'seconds'} clock={part.shows === 'clock'} />
        )}
      </Fragment>
    )
  })
}
