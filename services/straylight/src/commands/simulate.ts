import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { type ReferenceBroker, startReferenceBroker } from '@straylight/demo/broker/reference-broker'
import { startWebhookReceiver } from '@straylight/demo/broker/webhook-receiver'
import { drawFleet } from '@straylight/demo/fleet/draw-fleet'
import type { Fleet } from '@straylight/demo/fleet/fleet'
import { drawScenarios, type Scenario } from '@straylight/demo/fleet/scenarios'
import { signVerdict } from '@straylight/respond/verdict/verdict-token'
import type { Log } from '@straylight/runtime/log/log'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import type { Alert } from '@straylight/schemas/alert'
import { counted } from '@straylight/schemas/counted'
import { hourMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'
import pico from 'picocolors'
import { issueCredentials } from '../simulate/issue-credentials.ts'
import { livePlan } from '../simulate/live-plan.ts'
import { leaveOpenCase } from '../simulate/open-case.ts'
import { type Played, playLive } from '../simulate/play-live.ts'
import {
  falseAlerts,
  type PlayedScenario,
  type ScenarioOutcome,
  scenarioOutcome,
} from '../simulate/scenario-outcome.ts'
import { openSimulateDeployment, type SimulateDeployment } from '../simulate/simulate-deployment.ts'
import {
  makeSimulateFolder,
  type SimulateFiles,
  type SimulateFolder,
  writeSimulateFiles,
} from '../simulate/simulate-folder.ts'
import { observeSimulation, type SimulateObserver } from '../simulate/simulate-observer.ts'
import { createSimulateReport, type Learnt, type SimulateReport } from '../simulate/simulate-report.ts'
import { isStopped, simulateSummary } from '../simulate/simulate-summary.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

const historyDays = 28
/** Event time of the live part, and the wall clock it is played in. */
const liveMs = 12 * hourMs
const playMs = 20_000
/** How long the answers to the last calls may take. */
const settleMsMax = 10_000
/** Nothing new for so long: all has been said. */
const quietMs = 1_500
/** A person reads before signing. */
const personMs = 1_000

/** The object that `simulate --json` ends with. */
export interface SimulateResult {
  readonly seed: number
  readonly events: number
  readonly rejected: number
  readonly agents: number
  readonly learnt: Learnt
  readonly scenarios: readonly ScenarioOutcome[]
  readonly false_alerts: number
  readonly seconds: number
}

/**
 * `straylight simulate`: everything embedded, with a simulated fleet in which five agents stray. Ends with exit code 0
 * whatever was caught: the numbers say it; 1 only where the program itself failed.
 */
export async function simulateFleet(
  output: CommandOutput,
  { seed, keep }: { seed: string; keep: boolean },
): Promise<number> {
  if (!/^\d{1,9}$/.test(seed)) throw new WrongUsage(`--seed is "${seed}": expected a whole number from 0 to 999999999`)
  output.result(await simulate(Number(seed), output, { keep }))
  return 0
}

/** What all parts of one simulation share. */
interface Stage {
  readonly fleet: Fleet
  readonly scenarios: readonly Scenario[]
  readonly folder: SimulateFolder
  readonly files: SimulateFiles
  readonly deployment: SimulateDeployment
  readonly broker: ReferenceBroker
  readonly report: SimulateReport
  readonly say: (lines: readonly string[]) => void
}

/** `keep`: goes on after its summary, with the console open on it, until somebody stops it. */
export async function simulate(
  seed: number,
  output: CommandOutput,
  { keep }: { keep: boolean },
): Promise<SimulateResult> {
  const started = Date.now()
  const stream = output.json ? process.stderr : process.stdout
  const color = pico.isColorSupported && stream.isTTY === true
  const report = createSimulateReport(color)
  const say = (lines: readonly string[]) => {
    for (const line of lines) output.sayInColor(line)
  }
  const fleet = drawFleet(seed)
  say(introduction(fleet, report))
  const folder = await makeSimulateFolder(`${readSettings(AllSettings).STRAYLIGHT_DATA}-demo`)
  const receiver = await startWebhookReceiver({ secret: folder.webhookSecret })
  const files = await writeSimulateFiles(folder, fleet, {
    webhookUrl: receiver.url,
    // What is left to whoever looks at the console waits for a day's work.
    approvalSeconds: keep ? 8 * 3_600 : 300,
  })
  const given = { fleet, folder, files, report, say }
  try {
    const until = Date.now()
    const deployment = await learn({ ...given, console: keep, until: until - liveMs })
    const conclude = async (
      { ordinary_sessions, sent, rejected, scenarios, false_alerts }: LiveNumbers,
      broker: ReferenceBroker,
    ) => {
      const seconds = Math.round((Date.now() - started) / 100) / 10
      say(report.heading('4  Summary'))
      say(simulateSummary({ scenarios, false_alerts, ordinary_sessions, seconds, webhook: receiver }, color))
      say(whereToLook(seed, { folder, report, keep }, scenarios))
      if (keep) await stay({ ...given, deployment, broker, scenarios: played })
      const { learnt } = deployment
      const events = learnt.events + sent
      return { seed, events, rejected, agents: fleet.agents.length, learnt, scenarios, false_alerts, seconds }
    }
    const played = drawScenarios(fleet)
    return await playAndClose({ ...given, deployment, scenarios: played }, until, conclude)
  } finally {
    await receiver.close()
  }
}

async function playAndClose<Result>(
  given: Omit<Stage, 'broker'>,
  until: number,
  conclude: (played: LiveNumbers, broker: ReferenceBroker) => Promise<Result>,
): Promise<Result> {
  const { deployment, folder } = given
  try {
    const broker = await startReferenceBroker({ log: deployment.log, public_key: folder.commandKey, now: Date.now })
    try {
      const played = await Promise.race([live({ ...given, broker }, until), deployment.failed])
      return await Promise.race([conclude(played, broker), deployment.failed])
    } finally {
      await broker.close()
    }
  } finally {
    await deployment.close()
  }
}

/** Serves the console until somebody stops it: the broker obeys, so that approvals and ways back have their effect. */
async function stay(stage: Stage): Promise<void> {
  const { deployment, report, say } = stage
  say(report.heading('The console, with this company in it'))
  say(await leaveOpenCase(stage))
  say([deployment.consoleLink(), 'Open it once: it signs you in as operator. Ctrl+C stops everything.'])
  const ended = new AbortController()
  const signal = ['SIGINT', 'SIGTERM'].map((name) => once(process, name, { signal: ended.signal }))
  await Promise.race(signal).finally(() => ended.abort())
}

function introduction(fleet: Fleet, report: SimulateReport): string[] {
  const roles = fleet.roles.map((role) => `${fleet.agents.filter((agent) => agent.role === role).length} ${role.name}`)
  return [
    ...report.heading(`1  The fleet of ${fleet.mail_domain} (seed ${fleet.seed})`),
    ...report.paragraph(
      `${counted(fleet.agents.length, 'agent')} in five roles: ${roles.join(', ')}. Names, tools, hours and amounts are drawn from the seed; the detector has never seen them.`,
    ),
    ...report.paragraph(
      'Everything runs in this process: log, ClickHouse (chDB), ingest, baseline, score, respond; and beside it what is not Straylight: a SOC with a webhook, and a credential broker.',
    ),
  ]
}

/** Starts the deployment; it learns before it judges. */
async function learn(
  given: Omit<Stage, 'deployment' | 'scenarios' | 'broker'> & { until: number; console: boolean },
): Promise<SimulateDeployment> {
  const { report, say, ...options } = given
  say(report.heading('2  Learning four weeks of ordinary work'))
  const onProgress = (text: string) => say(report.paragraph(text))
  const deployment = await openSimulateDeployment({ ...options, days: historyDays, onProgress })
  say(report.learnt(deployment.learnt))
  return deployment
}

interface LiveNumbers {
  readonly scenarios: readonly ScenarioOutcome[]
  readonly false_alerts: number
  readonly ordinary_sessions: number
  readonly sent: number
  readonly rejected: number
}

async function live(stage: Stage, until: number): Promise<LiveNumbers> {
  const { fleet, scenarios, deployment, broker, files, report, say } = stage
  const from = until - liveMs
  const plan = livePlan(fleet, scenarios, { from, until, playMs, seed: fleet.seed })
  say(report.heading('3  Live: the last twelve hours'))
  say(
    report.paragraph(
      `${counted(plan.ordinary_sessions, 'ordinary session')}, sent to POST /v1/events ${Math.round(liveMs / playMs)} times as fast as they were; among them five agents stray.`,
    ),
  )
  issueCredentials(broker, fleet.agents, fleet, { from, until })
  const session_alert_rate = files.policy.budget.session_alert_rate
  const onAsked = (alert: Alert) => approve(stage, alert)
  const observer = await observeSimulation({ log: deployment.log, report, say, session_alert_rate, onAsked })
  const played = await playLive(plan, {
    send: (events) => deployment.send(events),
    isRevoked: ({ tenant, credential }) => broker.isRevoked(tenant, credential.id),
    isStray: ({ event, scenario = -1 }) => event.agent === scenarios[scenario]?.agent.agent,
    onBegin: (place) => say(storyOf(stage, place)),
  })
  const known = scenarios.map((scenario, place) => playedScenario(scenario, plan.begins[place] ?? from, played, place))
  await settled(observer, known)
  await observer.stop()
  const observed = observer.observed()
  return {
    scenarios: known.map((scenario) => scenarioOutcome(scenario, observed)),
    false_alerts: falseAlerts(known, observed).length,
    ordinary_sessions: plan.ordinary_sessions,
    sent: played.sent,
    rejected: played.rejected,
  }
}

function storyOf({ scenarios, report }: Stage, place: number): string[] {
  const scenario = scenarios[place]
  return scenario ? report.story({ ...scenario, agent: scenario.agent.agent }) : []
}

function playedScenario(scenario: Scenario, from: number, played: Played, place: number): PlayedScenario {
  const { name, agent, other } = scenario
  const numbers = played.scenarios[place] ?? { sent_at: 0, calls: 0, calls_made: 0 }
  return { name, agent: agent.agent, ...(other ? { other: other.agent } : {}), from, ...numbers }
}

/** Plays the person: reads a moment, then signs. Does not hold up the watching. */
async function approve({ folder, deployment, report, say }: Stage, alert: Alert): Promise<void> {
  await setTimeout(personMs)
  const { name, signer } = folder.approver
  const verdict = {
    id: `vdt_${alert.id.slice('alr_'.length)}_${alert.revision}`,
    alert_id: alert.id,
    alert_revision: alert.revision,
    ...(alert.command === undefined ? {} : { command_id: alert.command.id }),
    tenant: alert.tenant,
    answer: 'approve',
    reason: 'The demo plays the person: this agent has no business doing that.',
    issuer: name,
    role: 'approver',
    time: Date.now(),
  } as const
  say(report.approved(alert, name))
  await tell(deployment.log, alert.id, await signVerdict(verdict, signer))
}

const tell = (log: Log, alert: string, token: string): Promise<void> =>
  log.append([{ topic: topics.verdicts.name, key: alert, value: token }])

/** Until every scenario is stopped and nothing new was said for a while, or the bound is over. */
async function settled(observer: SimulateObserver, scenarios: readonly PlayedScenario[]): Promise<void> {
  const bound = Date.now() + settleMsMax
  while (Date.now() < bound) {
    const outcomes = scenarios.map((scenario) => scenarioOutcome(scenario, observer.observed()))
    if (outcomes.every(isStopped) && Date.now() - observer.seen_at > quietMs) return
    await setTimeout(100)
  }
}

function whereToLook(
  seed: number,
  { folder, report, keep }: { folder: SimulateFolder; report: SimulateReport; keep: boolean },
  scenarios: readonly ScenarioOutcome[],
): string[] {
  const alert = scenarios.find((scenario) => scenario.alert !== null)?.alert ?? 'ALERT'
  const here = `STRAYLIGHT_DATA=${folder.data}`
  const again = `npm start -- --seed ${seed + 1}`
  return [
    ...report.heading('Where to look next'),
    `${here} npm run straylight -- explain ${alert}`,
    ...report.paragraph(
      `why it alerted. What it ran on lies in ${folder.path}: policy.yaml, agents.yaml, tokens.yaml.`,
    ),
    ...(keep ? [] : ['npm start -- --keep                the same, and then the console, open on it']),
    `${again.padEnd(35)}another company`,
    'npm run straylight -- up           the same without the simulation',
    'services/demo/README.md            the five incidents, and what a broker must do',
  ]
}
