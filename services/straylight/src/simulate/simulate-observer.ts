import type { BrokerAnswer } from '@straylight/demo/broker/reference-broker'
import type { Log, LogRecord } from '@straylight/runtime/log/log'
import { Alert, type Delivery } from '@straylight/schemas/alert'
import { Finding } from '@straylight/schemas/finding'
import { RevocationCommand } from '@straylight/schemas/revocation-command'
import { RevocationResult } from '@straylight/schemas/revocation-result'
import { topics } from '@straylight/schemas/topics'
import { decodeJwt } from 'jose'
import { watchTopics } from '../health/watch-topics.ts'
import type { PlayedTopics } from './scenario-outcome.ts'
import type { SimulateReport } from './simulate-report.ts'

/** Reads what the detector says on its topics, as anybody may, and tells people. */
export interface SimulateObserver {
  observed(): PlayedTopics
  /** Wall clock of the latest thing seen. */
  readonly seen_at: number
  stop(): Promise<void>
}

export interface ObserverOptions {
  readonly log: Log
  readonly report: SimulateReport
  readonly say: (lines: readonly string[]) => void
  readonly session_alert_rate: number
  /** Plays the person whom an alert asks for; called once an alert. */
  readonly onAsked: (alert: Alert) => Promise<void>
}

/** Deliveries that a person who watches wants to see; the others say again what stands beside them. */
const shownDeliveries: readonly Delivery['event'][] = ['agent.alert.created', 'agent.approval.requested']

interface State extends ObserverOptions {
  readonly findings: Finding[]
  readonly alerts: Map<string, Alert>
  readonly answers: BrokerAnswer[]
  readonly commands: Map<string, RevocationCommand>
  /** What was shown in full already: agent and cause of findings, deliveries, alerts that asked. */
  readonly reported: Set<string>
  readonly people: Promise<void>[]
  seen_at: number
}

export async function observeSimulation(options: ObserverOptions): Promise<SimulateObserver> {
  const state: State = {
    ...options,
    findings: [],
    alerts: new Map(),
    answers: [],
    commands: new Map(),
    reported: new Set(),
    people: [],
    seen_at: Date.now(),
  }
  const reported = <Value>(
    topic: string,
    read: (text: string) => Value,
    take: (state: State, value: Value) => void,
  ) => ({
    topic,
    onRecord: ({ value }: LogRecord) => {
      state.seen_at = Date.now()
      take(state, read(value.toString()))
    },
  })
  const watch = await watchTopics(options.log, [
    reported(topics.findings.name, (text) => Finding.parse(JSON.parse(text)), showFinding),
    reported(topics.alerts.name, (text) => Alert.parse(JSON.parse(text)), showAlert),
    reported(topics.revocations.name, (text) => RevocationCommand.parse(decodeJwt(text)), showCommand),
    reported(topics.results.name, (text) => RevocationResult.parse(JSON.parse(text)), showResult),
  ])
  return {
    observed: () => ({
      findings: state.findings,
      alerts: [...state.alerts.values()],
      answers: state.answers,
      session_alert_rate: options.session_alert_rate,
    }),
    get seen_at() {
      return state.seen_at
    },
    async stop() {
      await Promise.all(state.people)
      await watch.stop()
    },
  }
}

const isFirst = (state: State, what: string): boolean => !state.reported.has(what) && Boolean(state.reported.add(what))

/** In full once for each agent and cause: a burst makes a dozen findings that say the same. */
function showFinding(state: State, finding: Finding): void {
  state.findings.push(finding)
  if (finding.p_value > state.session_alert_rate) return
  if (isFirst(state, `finding ${finding.agent} ${finding.cause}`)) state.say(state.report.finding(finding))
}

function showAlert(state: State, alert: Alert): void {
  const known = state.alerts.get(alert.id)
  if (known && known.revision >= alert.revision) return
  state.alerts.set(alert.id, alert)
  for (const delivery of alert.deliveries) {
    if (delivery.state === 'due' || !shownDeliveries.includes(delivery.event)) continue
    if (isFirst(state, `delivery ${delivery.message_id}`)) state.say(state.report.delivery(alert, delivery))
  }
  if (alert.state !== 'awaiting_approval' || !isFirst(state, `asked ${alert.id} ${alert.command?.id}`)) return
  state.say(state.report.asked(alert))
  // A person takes a while: the watching goes on meanwhile, and the stop waits for what was begun.
  state.people.push(state.onAsked(alert))
}

function showCommand(state: State, command: RevocationCommand): void {
  state.commands.set(command.id, command)
  if (isFirst(state, `command ${command.id}`)) state.say(state.report.command(command))
}

/** A result names its command by id alone; what it answers was shown before. */
function showResult(state: State, result: RevocationResult): void {
  const command = state.commands.get(result.command_uid)
  const answer: BrokerAnswer = command ? { command, result } : { result }
  state.answers.push(answer)
  state.say(state.report.answer(answer))
}
