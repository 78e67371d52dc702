import { sessionsInWords } from '@straylight/console/words/sessions-in-words'
import type { BrokerAnswer } from '@straylight/demo/broker/reference-broker'
import type { Scenario } from '@straylight/demo/fleet/scenarios'
import { featureTitle } from '@straylight/models/features/explain-feature'
import { deedInWords } from '@straylight/respond/alert/deed-in-words'
import type { Alert, Delivery } from '@straylight/schemas/alert'
import { counted } from '@straylight/schemas/counted'
import type { Contribution, Finding, Severity } from '@straylight/schemas/finding'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'
import { visibleText } from '@straylight/schemas/visible-text'
import pico from 'picocolors'
import { wrapText } from '../wrap-text.ts'

/** Widest line: a terminal of 80 columns shows it whole. */
const width = 78
/** Column of the labels on the left. */
const labelWidth = 9
const contributionsMax = 3

type Colors = ReturnType<typeof pico.createColors>

/** What was learnt before anything was judged. */
export interface Learnt {
  readonly events: number
  readonly agents: number
  readonly sessions: number
  readonly days: number
  readonly systems: number
  readonly actions: number
  readonly destinations: number
  readonly seconds: number
}

/** Turns what the topics bring into lines for people. Pure but for the choice of colours; every line fits 80 columns. */
export interface SimulateReport {
  heading(text: string): string[]
  paragraph(text: string): string[]
  learnt(learnt: Learnt): string[]
  /** The story, printed when its first call is sent. The detector does not know it. */
  story(scenario: Pick<Scenario, 'story' | 'name'> & { agent: string }): string[]
  finding(finding: Finding): string[]
  delivery(alert: Alert, delivery: Delivery): string[]
  command(command: RevocationCommand): string[]
  asked(alert: Alert): string[]
  approved(alert: Alert, approver: string): string[]
  answer(answer: BrokerAnswer): string[]
}

/** `color`: whether the terminal shows colours and nobody asked for none. */
export function createSimulateReport(color: boolean): SimulateReport {
  const colors = pico.createColors(color)
  const labelled = labelledLines(colors)
  return {
    heading: (text) => ['', colors.bold(text), colors.dim('─'.repeat(width))],
    paragraph: (text) => wrapText(text, width),
    learnt: (learnt) => learntLines(learnt),
    story: ({ agent, story }) => ['', ...labelled('incident', 'magenta', `${agent}: ${story}`)],
    finding: (finding) => [
      ...labelled('finding', severityColor[finding.severity], headline(finding)),
      ...reasonLines(finding).map((line) => colors.dim(line)),
    ],
    delivery: (alert, delivery) => labelled('alert', 'yellow', deliveryText(alert, delivery)),
    command: (command) => labelled('command', 'cyan', commandText(command)),
    asked: (alert) => labelled('approval', 'yellow', askedText(alert)),
    approved: (alert, approver) =>
      labelled('person', 'blue', `The demo plays the person: ${approver} signs "approve" for ${alert.id}.`),
    answer: (answer) => labelled('broker', answer.result.status_id === 1 ? 'green' : 'red', answerText(answer)),
  }
}

type ColorName = 'magenta' | 'yellow' | 'cyan' | 'blue' | 'green' | 'red'

const severityColor: Record<Severity, ColorName> = { low: 'yellow', medium: 'yellow', high: 'red', critical: 'red' }

/** Only the label is coloured: it says the same in words, so nothing is lost without colours. */
function labelledLines(colors: Colors) {
  return (label: string, color: ColorName, text: string): string[] => {
    const lines = wrapText(visibleText(text), width, ' '.repeat(labelWidth))
    return lines.map((line, number) =>
      number === 0 ? colors[color](label.padEnd(labelWidth)) + line.slice(labelWidth) : line,
    )
  }
}

function learntLines(learnt: Learnt): string[] {
  const { days, events, agents, sessions, systems, actions, destinations, seconds } = learnt
  const first =
    `Learnt ${counted(events, 'event')} of ${counted(days, 'day')} in ${seconds.toFixed(1)} s: what ${counted(agents, 'agent')} do in ` +
    `${counted(sessions, 'session')}, in which order, where they write to and how much they move.`
  const second = `${counted(systems, 'system')}, ${counted(actions, 'action')}, ${counted(destinations, 'destination')}; names and amounts, no content.`
  return [...wrapText(first, width), ...wrapText(second, width)]
}

const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 19)

function headline(finding: Finding): string {
  const { severity, agent, tier, time } = finding
  return `${severity.toUpperCase()} ${clock(time)} ${agent} (tier ${tier}) ${deedInWords(finding, finding)}`
}

/** Expected against seen, the heaviest first; then how rare the whole is, and what it was compared with. */
function reasonLines(finding: Finding): string[] {
  const indent = ' '.repeat(labelWidth)
  const { profile_events, profile_days, peer_group, peers } = finding.evidence
  const history = `${counted(profile_events, 'event')} of its own over ${counted(Math.round(profile_days), 'day')} and ${counted(peers, 'peer')} (${peer_group})`
  // A shared credential is judged by the credential's own history.
  const known = profile_events === 0 ? '' : `; compared with ${history}`
  return [
    ...leadingReasons(finding).flatMap(contributionLines),
    ...wrapText(
      `score ${finding.score.toFixed(1)}, reached by ${sessionsInWords(finding.p_value)}${known}`,
      width,
      indent,
    ),
  ]
}

/** A contribution with the title of its feature, or of each that says the same. */
type TitledContribution = Contribution & { readonly title: string }

/** Terms that say the same of the same thing stand as one. */
function leadingReasons({ contributions }: Finding): TitledContribution[] {
  const merged = new Map<string, TitledContribution>()
  for (const term of contributions) {
    if (term.contribution <= 0) continue
    const same = `${term.expected}\n${term.seen}`
    const other = merged.get(same)
    const title = featureTitle(term.feature)
    merged.set(same, {
      ...term,
      title: other ? `${other.title}, ${title}` : title,
      contribution: term.contribution + (other?.contribution ?? 0),
    })
  }
  return [...merged.values()].sort((one, other) => other.contribution - one.contribution).slice(0, contributionsMax)
}

function contributionLines({ title, contribution, expected, seen }: TitledContribution): string[] {
  const indent = ' '.repeat(labelWidth)
  const weight = `+${contribution.toFixed(1)}`.padStart(6)
  return [
    ...wrapText(title.charAt(0).toUpperCase() + title.slice(1), width, `${indent}${weight}  `),
    ...wrapText(expected, width, `${indent}        expected  `),
    ...wrapText(seen, width, `${indent}        seen      `),
  ]
}

const eventWords: Record<Delivery['event'], string> = {
  'agent.alert.created': 'new alert',
  'agent.alert.updated': 'alert updated',
  'agent.alert.closed': 'alert closed',
  'agent.approval.requested': 'request for approval',
  'agent.command.issued': 'notice of the command',
  'agent.command.waiting': 'notice that it waits for a breaker',
  'agent.command.completed': "notice of the broker's answer",
  'agent.command.failed': "notice of the broker's refusal",
  'agent.webhook.test': 'test message',
  'agent.digest.daily': 'digest of a day',
}

function deliveryText(alert: Alert, { event, webhook, state, last_status, last_error, attempts }: Delivery): string {
  const what = `${eventWords[event]} ${alert.id} (${alert.severity}, ${alert.agent})`
  if (state === 'delivered') return `${what} delivered to the webhook "${webhook}", signed; answer ${last_status}.`
  return `${what} not delivered to "${webhook}" (${counted(attempts, 'attempt')}, ${last_error ?? last_status ?? state}).`
}

function subjectText({ action, subject }: RevocationCommand): string {
  if (action === 'revoke_token') return `revoke credential ${subject.credential_id}`
  if (action === 'revoke_session') return `revoke session ${subject.session_id}`
  if (action === 'suspend_agent') return `suspend agent ${subject.agent_id}`
  return `restore what was taken from ${subject.agent_id}`
}

function commandText(command: RevocationCommand): string {
  const by = command.approval.by === null ? 'by policy' : `approved by ${command.approval.by}`
  const whose = command.action === 'suspend_agent' ? '' : ` of ${command.subject.agent_id}`
  return `${command.id}: ${subjectText(command)}${whose}; ${by}, signed, good until ${clock(Date.parse(command.not_after))}.`
}

function askedText(alert: Alert): string {
  const until = alert.approval_deadline === undefined ? '' : ` until ${clock(alert.approval_deadline)}`
  const what = alert.command ? subjectText(alert.command) : 'do this'
  const why = alert.response_limited_by ?? `Tier ${alert.tier} asks a person`
  return `${why}. Asked${until}: ${what}?`
}

function answerText({ command, result }: BrokerAnswer): string {
  const subject = command ? ` (${command.subject.agent_id})` : ''
  const verified = command ? 'signature verified' : 'not verified'
  return `${verified}, ${result.status_code.replaceAll('_', ' ')}${subject}: ${result.message}.`
}
