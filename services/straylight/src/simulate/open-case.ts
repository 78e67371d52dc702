import { setTimeout } from 'node:timers/promises'
import type { ReferenceBroker } from '@straylight/demo/broker/reference-broker'
import type { Fleet } from '@straylight/demo/fleet/fleet'
import { drawOpenCase, type Scenario } from '@straylight/demo/fleet/scenarios'
import { newestAlerts } from '@straylight/respond/verdict/newest-alerts'
import type { Log } from '@straylight/runtime/log/log'
import type { Alert } from '@straylight/schemas/alert'
import { issueCredentials } from './issue-credentials.ts'
import type { SimulateDeployment } from './simulate-deployment.ts'
import type { SimulateReport } from './simulate-report.ts'

/** So long ago it began. */
const openCaseMs = 60_000
/** How long its alert may take. */
const alertMsMax = 10_000

export interface OpenCaseOptions {
  readonly fleet: Fleet
  /** Those that were played: their agents are busy. */
  readonly scenarios: readonly Scenario[]
  readonly deployment: Pick<SimulateDeployment, 'log' | 'send'>
  readonly broker: ReferenceBroker
  readonly report: SimulateReport
}

/** One case more, which nobody answers but whoever looks at the console; what is said of it. */
export async function leaveOpenCase(options: OpenCaseOptions): Promise<string[]> {
  const { fleet, scenarios, deployment, broker, report } = options
  const open = drawOpenCase(fleet, scenarios)
  if (open === undefined) return []
  const { agent } = open.agent
  const now = Date.now()
  const events = open.events(now - openCaseMs)
  issueCredentials(broker, [open.agent], fleet, { from: now - openCaseMs, until: now })
  await deployment.send(events)
  const alert = await heldAlert(deployment.log, agent)
  const story = report.story({ name: 'new_system', story: open.story, agent })
  if (alert === undefined) return story
  return [...story, ...report.paragraph(`It is left to you, and is none of the five: ${alert.summary}`)]
}

/** The alert of an agent whose command waits for a person, once it stands in the log; undefined: it did not come in time. */
async function heldAlert(log: Log, agent: string): Promise<Alert | undefined> {
  for (const bound = Date.now() + alertMsMax; Date.now() < bound; await setTimeout(100))
    for await (const alert of newestAlerts(log))
      if (alert.agent === agent && alert.state === 'awaiting_approval') return alert
  return undefined
}
