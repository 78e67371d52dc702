import { counted } from '@straylight/schemas/counted'
import { visibleText } from '@straylight/schemas/visible-text'
import { withConsole } from '../console/console-api.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

export interface AgentsOptions {
  readonly tenant?: string
  readonly search?: string
  readonly limit: number
}

/** Most agents that one answer holds. */
const limitMax = 200

/** `straylight agents`: every agent that is registered or was seen, those with the worst open alert first, then by risk; a line each. */
export async function listAgents(output: CommandOutput, { tenant, search, limit }: AgentsOptions): Promise<number> {
  if (limit < 1 || limit > limitMax)
    throw new WrongUsage(`--limit ${limit}: expected a whole number from 1 to ${limitMax}`)
  return withConsole(async ({ ask }) => {
    const { items, total } = await ask('agents', { tenant, search, limit })
    for (const { tenant: of, agent, state, risk, open_alerts, owner, last_seen } of items) {
      const facts = [
        state.replaceAll('_', ' '),
        ...(risk === null ? [] : [`risk ${risk.toFixed(1)}`]),
        ...(open_alerts === 0 ? [] : [counted(open_alerts, 'open alert')]),
        owner === null ? 'no owner' : `owner ${owner}`,
        ...(last_seen === null ? [] : [`last seen ${new Date(last_seen).toISOString()}`]),
      ]
      output.say(visibleText(`${agent} (tenant ${of}): ${facts.join(', ')}`))
    }
    const more = total - items.length
    output.say(
      `${counted(total, 'agent')}.${more > 0 ? ` ${more} more: --limit lists up to ${limitMax}, --search narrows them.` : ''}`,
    )
    output.result({ total, left_out: more, agents: items })
    return 0
  })
}
