import { createHash } from 'node:crypto'
import { fleetRandom } from '@straylight/demo/fleet/seeded-random'
import { dayMs } from '@straylight/schemas/duration'

/** An audit record of the story, as its shipper writes it: values are hashed, their kind stands before the hash. */
export interface StoryEvent {
  readonly id: string
  readonly time: string
  readonly agent: string
  readonly session: string
  readonly system: string
  readonly action: string
  readonly argument_names: readonly string[]
  readonly destinations?: readonly string[]
  readonly bytes_sent: number
  readonly bytes_received: number
  readonly outcome: 'success'
  readonly request_values?: readonly string[]
  readonly argument_values: Readonly<Record<string, readonly string[]>>
  readonly result_values?: readonly string[]
}

const hashed = (kind: string, text: string): string =>
  `${kind}:${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
export const storyAgents = Array.from({ length: 15 }, (_, at) => `payables-${at + 1}`)
/** The account that a mail names, or that a thief makes up; nobody ever paid it. */
const strangeAccount = 'GB00STRANGE'

/** Where the account comes from that a session pays: the invoice it was asked to pay, a mail it read on the way, or nowhere. */
export type Payee = 'invoice' | 'mail' | 'made up'

/**
 * A session of an agent that pays invoices: it lists its mail and reads one, looks the invoice up that it was asked to pay, pays the
 * account that the invoice names (one vendor in 250 is new), and now and then answers the mail.
 */
export function paymentSession(agent: string, from: number, payee: Payee = 'invoice'): StoryEvent[] {
  const random = fleetRandom('payment', agent, from)
  const session = `${agent}@${from}`
  const invoice = `invoice-${session}`
  const sender = `vendor-${random.whole(0, 11)}@supplier.example`
  const vendor = random.chance(0.004) ? `GB99NEW${random.whole(0, 99_999)}` : `GB${random.whole(10, 21)}VENDOR`
  const account = payee === 'invoice' ? vendor : strangeAccount
  const mail = [
    hashed('e', sender),
    hashed('n', `mail-${session}`),
    ...(payee === 'mail' ? [hashed('a', account)] : []),
  ]
  const steps: (Pick<StoryEvent, 'system' | 'action' | 'argument_values'> & Partial<StoryEvent>)[] = [
    {
      ...{ system: 'mail', action: 'list', argument_values: {}, request_values: [hashed('n', invoice)] },
      result_values: [hashed('n', `mail-${session}`), hashed('n', `other-${session}`)],
    },
    { system: 'mail', action: 'read', argument_values: { id: [hashed('n', `mail-${session}`)] }, result_values: mail },
    {
      ...{ system: 'invoices', action: 'get', argument_values: { number: [hashed('n', invoice)] } },
      result_values: [hashed('a', vendor), hashed('n', invoice)],
    },
    {
      ...{ system: 'bank', action: 'pay', destinations: [`account:${account}`], result_values: [] },
      argument_values: { to: [hashed('a', account)], reference: [hashed('n', invoice)] },
    },
  ]
  if (random.chance(0.4)) {
    const answer = { system: 'mail', action: 'send', destinations: [sender], result_values: [] }
    steps.push({ ...answer, argument_values: { to: [hashed('e', sender)] } })
  }
  return steps.map((step, at) => ({
    ...{ id: `${session}#${at}`, time: new Date(from + at * 20_000).toISOString(), agent, session },
    ...{ argument_names: Object.keys(step.argument_values), outcome: 'success' },
    ...{ bytes_sent: random.whole(180, 420), bytes_received: random.whole(900, 3_000) },
    ...step,
  }))
}

/** `sessions` ordinary sessions of each agent, one a day and agent, that end before `until`; in order of time. */
export function paymentHistory(until: number, sessions: number): StoryEvent[] {
  return Array.from({ length: sessions }, (_, at) =>
    storyAgents.flatMap((agent, which) => paymentSession(agent, until - (sessions - at) * dayMs + which * 1_200_000)),
  ).flat()
}
