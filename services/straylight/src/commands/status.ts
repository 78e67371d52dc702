import { counted } from '@straylight/schemas/counted'
import { withConsole } from '../console/console-api.ts'
import type { CommandOutput } from './command.ts'

/** `straylight status`: how the deployment is, and what waits for somebody. 0 while it runs and is ready, else 1. */
export async function status(output: CommandOutput): Promise<number> {
  return withConsole(async (api) => {
    const health = await api.ask('health', {})
    const { agents, alerts, commands, lacks } = await api.ask('overview', {})
    const is = !api.isRunning ? 'is stopped' : health.ready === false ? 'runs and is not ready' : 'runs and is ready'
    output.say(`Straylight ${health.version} (${health.name}) ${is}.`)
    for (const reason of health.reasons) output.say(`  ${reason}`)
    const { learning, watched, held, silent, never_seen } = agents.states
    output.say(
      `${counted(agents.total, 'agent')}: ${watched} watched, ${learning} learning, ${held} held, ${silent} silent, ${never_seen} never seen.`,
    )
    const open = Object.values(alerts.open).reduce((sum, number) => sum + number, 0)
    const { critical, high, medium, low } = alerts.open
    output.say(
      `${counted(open, 'open alert')}: ${critical} critical, ${high} high, ${medium} medium, ${low} low; ${alerts.awaiting_approval} wait for an approval, ${alerts.awaiting_place} approved and waiting for a free place.`,
    )
    output.say(
      `${counted(commands.credentials_revoked, 'credential')} of 7 days ${commands.credentials_revoked === 1 ? 'stands' : 'stand'} revoked. Commands: ${commands.sent} sent, ${commands.applied} applied, ${commands.refused} refused, ${commands.unanswered} unanswered, ${commands.restored} restored.`,
    )
    for (const { sentence } of lacks) output.say(`  ${sentence}`)
    output.result({
      running: api.isRunning,
      health,
      agents,
      alerts: { ...alerts, gravest: undefined, by_hour: undefined },
      commands,
      lacks,
    })
    return api.isRunning && health.ready !== false ? 0 : 1
  })
}
