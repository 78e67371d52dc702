import type { KnownHolder } from '@straylight/models/scoring/credential-holder'
import { counted } from '@straylight/schemas/counted'
import { visibleText } from '@straylight/schemas/visible-text'
import type { FirstUse } from './credential-index.ts'

/** Agents named in a sentence; the finding lists all that are known. */
const namedMax = 5
const numbers = ['', 'one agent', 'two agents', 'three agents', 'four agents', 'five agents']

/**
 * Who used a credential since when, and whose it is: the sentences that a person decides by. Times are what the logs claim, and the
 * sentence says so; where the use that is dated first did not arrive first, it says that as well.
 * `uses`: the first one by its time first. `arrivedFirst`: the agent whose use arrived first.
 */
export function credentialSentence(of: {
  readonly credential: string
  readonly uses: readonly FirstUse[]
  readonly arrivedFirst?: string | undefined
  readonly holder?: KnownHolder['holder']
  readonly others: readonly string[]
}): { seen: string; whose: string } {
  const { credential, uses, arrivedFirst, holder, others } = of
  const clock = clockOf(uses)
  const named = uses.slice(0, namedMax).map(({ agent, time }) => `${agent} since ${clock(time)}`)
  const more = uses.length > namedMax ? ` and ${uses.length - namedMax} more` : ''
  const by = uses.length === 1 ? '' : `${numbers[uses.length] ?? counted(uses.length, 'agent')}: `
  const [earliest] = uses
  const order =
    arrivedFirst === undefined || earliest === undefined || arrivedFirst === earliest.agent
      ? ''
      : ` The use by ${arrivedFirst} arrived before the one by ${earliest.agent}, which its log dates earlier.`
  return {
    seen: visibleText(
      `Credential ${credential} was used by ${by}${named.join(', ')}${more} (UTC, as ${uses.length === 1 ? 'its log says' : 'their logs say'}).${order}`,
    ),
    whose: visibleText(whoseText(uses, holder, others)),
  }
}

function whoseText(uses: readonly FirstUse[], holder: KnownHolder['holder'], others: readonly string[]): string {
  const tokens = `the tokens of ${others.slice(0, namedMax).join(' and ')}`
  if (holder === undefined) {
    if (others.length > 0)
      return `It is not known whose it is, since ${tokens} are all bound to it: a person must look.`
    return 'It is not known whose it is, neither from the registry nor from a token: a person must look.'
  }
  const notSeen = uses.some(({ agent }) => agent === holder.agent) ? '' : ', which has not been seen with it'
  if (holder.basis === 'token') return `The token of ${holder.agent} is bound to it.`
  const though =
    others.length > 0
      ? `, though ${others.length === 1 ? `a token of ${others[0]} is` : `${tokens} are`} bound to it`
      : ''
  return `The registry gives it to ${holder.agent}${notSeen}${though}.`
}

/** Hours and minutes, with the day where the days differ, with seconds where the minutes do not. */
function clockOf(uses: readonly FirstUse[]): (time: number) => string {
  const texts = uses.map(({ time }) => new Date(time).toISOString())
  const sameDay = new Set(texts.map((text) => text.slice(0, 10))).size === 1
  const distinct = new Set(texts.map((text) => text.slice(0, 16))).size === texts.length
  return (time) => {
    const text = new Date(time).toISOString()
    return `${sameDay ? '' : `${text.slice(0, 10)} `}${text.slice(11, distinct ? 16 : 19)}`
  }
}
