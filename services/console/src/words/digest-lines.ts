import { counted } from '@straylight/schemas/counted'
import type { OwnerDigest } from '../contract/digests.ts'

const shownMax = 10

/** A day of an owner's agents in sentences; names stand in them as they are: whoever shows them makes them safe. */
export function digestLines(digest: OwnerDigest, day: string): { headline: string; lines: string[] } {
  const { owner, agents, heard, new_uses, alerts, unused } = digest
  const commands = alerts.items.filter(({ command_id }) => command_id !== null)
  const headline = `${day}, agents of ${owner}: ${[
    `${heard} of ${counted(agents, 'agent')} heard`,
    many(new_uses, 'new use'),
    many(alerts, 'alert'),
    counted(commands.length, 'command'),
  ].join(', ')}.`
  const lines = [
    ...shown(
      alerts,
      ({ id, severity, summary, state, verdict, command_state }) =>
        `${severity} alert ${id}: ${summary} It is ${state.replaceAll('_', ' ')}${verdict === null ? '' : `, answered ${verdict}`}${command_state === 'none' ? '' : `, its command ${command_state}`}.`,
      'alert',
    ),
    ...shown(
      new_uses,
      ({ agent, kind, name, new_system }) =>
        `${agent} used ${kind === 'destination' ? 'the destination' : new_system ? 'a new system,' : 'the step'} ${name} for the first time.`,
      'new use',
    ),
    ...shown(
      unused,
      ({ agent, systems, actions }) =>
        `${agent} is granted and does not use: ${[...systems, ...actions].slice(0, 10).join(', ')}.`,
      'agent with unused grants',
    ),
  ]
  return { headline, lines }
}

const many = ({ items, more }: { items: readonly unknown[]; more: boolean }, what: string): string =>
  `${more ? 'more than ' : ''}${counted(items.length, what)}`

function shown<Item>(
  { items, more }: { items: readonly Item[]; more: boolean },
  inWords: (item: Item) => string,
  what: string,
): string[] {
  const left = items.length - shownMax
  const rest = left > 0 || more ? [`${more ? 'More than ' : ''}${counted(Math.max(left, 0), `more ${what}`)}.`] : []
  return [...items.slice(0, shownMax).map(inWords), ...rest]
}
