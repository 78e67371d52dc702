import type { BrokerAnswer } from '@straylight/demo/broker/reference-broker'
import type { Alert } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'

/** A scenario as it was played: who strayed, when, and whose credentials were in it. */
export interface PlayedScenario {
  readonly name: string
  readonly agent: string
  /** The other agent drawn in, such as the holder of a shared credential. */
  readonly other?: string
  /** Event time of the first stray call, milliseconds since 1970 UTC. */
  readonly from: number
  /** Wall clock at which the first stray call was sent. */
  readonly sent_at: number
  /** Calls planned, and those that were made before the credential was gone. */
  readonly calls: number
  readonly calls_made: number
}

/** What came of a scenario: one entry of `simulate --json`. `null`: it did not come to that. */
export interface ScenarioOutcome {
  readonly name: string
  readonly agent: string
  /** Findings about it that the budget lets alert. */
  readonly findings: number
  /** Id of the alert that led to a command, else of the first one. */
  readonly alert: string | null
  /** HTTP status of the first delivery of that alert. */
  readonly webhook_status: number | null
  /** Id of the command. */
  readonly command: string | null
  /** The broker's `status_code`. */
  readonly broker_status: string | null
  /** Seconds of wall clock from the first stray call sent to the credential revoked. */
  readonly seconds_to_effect: number | null
  readonly calls: number
  readonly calls_made: number
}

/** Everything seen on the topics while the scenarios were played. */
export interface PlayedTopics {
  readonly findings: readonly Finding[]
  /** The latest revision of each alert. */
  readonly alerts: readonly Alert[]
  readonly answers: readonly BrokerAnswer[]
  /** Share of ordinary sessions that may alert. */
  readonly session_alert_rate: number
}

export function scenarioOutcome(scenario: PlayedScenario, observed: PlayedTopics): ScenarioOutcome {
  const alerts = observed.alerts.filter((alert) => belongsTo(scenario, alert))
  const answerOf = (alert: Alert) => observed.answers.find(({ command }) => command?.id === alert.command?.id)
  const stopped = alerts.find((alert) => answerOf(alert)?.result.status_code === 'applied')
  const alert = stopped ?? alerts.find(({ command }) => command !== undefined) ?? alerts[0]
  const answer = alert?.command && answerOf(alert)
  const effective = answer?.result.status_code === 'applied' ? answer.result.time : undefined
  return {
    name: scenario.name,
    agent: scenario.agent,
    findings: observed.findings.filter((finding) => {
      return finding.p_value <= observed.session_alert_rate && isOf(scenario, finding.agent, finding.time)
    }).length,
    alert: alert?.id ?? null,
    webhook_status: alert?.deliveries.find(({ last_status }) => last_status !== undefined)?.last_status ?? null,
    command: alert?.command?.id ?? null,
    broker_status: answer?.result.status_code ?? null,
    seconds_to_effect:
      effective === undefined ? null : Math.max(0, Math.round((effective - scenario.sent_at) / 100) / 10),
    calls: scenario.calls,
    calls_made: scenario.calls_made,
  }
}

/** Alerts that no scenario explains, by agent and time. */
export function falseAlerts(scenarios: readonly PlayedScenario[], observed: PlayedTopics): readonly Alert[] {
  return observed.alerts.filter((alert) => !scenarios.some((scenario) => belongsTo(scenario, alert)))
}

const belongsTo = (scenario: PlayedScenario, alert: Alert): boolean => isOf(scenario, alert.agent, alert.first_seen)

const isOf = (scenario: PlayedScenario, agent: string, time: number): boolean =>
  (agent === scenario.agent || agent === scenario.other) && time >= scenario.from
