import { decisionInWords } from '@straylight/respond/alert/decision-in-words'
import { answerWith } from '@straylight/respond/deliver/answer-with'
import { Alert } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import { z } from 'zod'
import { type Asker, tenantFor } from '../asker.ts'
import type { ConsoleGround } from '../console-ground.ts'
import { ConsoleProblem } from '../console-problem.ts'
import type { AlertDetail } from '../contract/alert-detail.ts'
import { eventPlace, sessionEventsQuestion } from '../events/session-page.ts'
import { eventColumns, StoredEvent, traceEvents } from '../events/trace-event.ts'
import { question } from '../questions/ask.ts'
import { consequences } from '../verdicts/consequences.ts'
import type { UserSigning } from '../verdicts/user-signing.ts'
import { alertRowOf } from './alert-rows.ts'
import { alikeAlerts } from './alike-alerts.ts'
import { commandDetails } from './command-detail.ts'
import { findingDetail } from './finding-detail.ts'
import { peersOfAlert } from './peers-of-alert.ts'
import { provenanceOf } from './provenance-of-alert.ts'
import { Amounts, reasonStrips } from './reason-strips.ts'

/** Events of the session shown before and after the one that leads. */
const eventsBefore = 40
const eventsAfter = 20
const sessionsMax = 60

const alertRecord = question(
  'alert by id',
  `SELECT a.record AS record, toUnixTimestamp64Milli(a.log_time) AS changed_at FROM alerts AS a
WHERE a.id = {id:String} AND ({tenant:String} = '' OR a.tenant = {tenant:String}) AND a.tier != '' ORDER BY a.revision DESC LIMIT 1`,
  z.object({ record: z.string(), changed_at: z.number() }),
)

const latestRisks = question(
  'latest risks of an agent',
  `SELECT s.session AS session, toUnixTimestamp64Milli(s.ended_at) AS ended_at, s.highest_risk AS risk FROM sessions AS s FINAL
WHERE s.tenant = {tenant:String} AND s.agent = {agent:String} ORDER BY s.ended_at DESC LIMIT ${sessionsMax}`,
  z.object({ session: z.string(), ended_at: z.number(), risk: z.number() }),
)

const eventOfFinding = question(
  'event of a finding',
  `SELECT ${eventColumns}, e.bytes_sent AS sent, e.bytes_received AS received, e.records AS records
FROM events AS e WHERE e.tenant = {tenant:String} AND e.agent = {agent:String}
  AND e.event_id = {event:String} ORDER BY e.log_partition DESC, e.log_offset DESC LIMIT 1`,
  StoredEvent.extend(Amounts.shape),
)
type EventOfFinding = z.infer<typeof StoredEvent> & Amounts

/** The latest revision of an alert that the asker may see. Throws `not_found`. */
export async function alertOf(
  { ask, youngAlert }: Pick<ConsoleGround, 'ask' | 'youngAlert'>,
  asker: Asker,
  id: string,
): Promise<{ alert: Alert; changedAt: number }> {
  const tenant = tenantFor(asker, undefined)
  const [row] = await ask(alertRecord, { id, tenant })
  if (row !== undefined) return { alert: Alert.parse(JSON.parse(row.record)), changedAt: row.changed_at }
  // The stream of new alerts is ahead of the store by a moment.
  const young = await youngAlert(id)
  if (young !== undefined && (tenant === '' || young.alert.tenant === tenant)) return young
  throw new ConsoleProblem('not_found', `There is no alert ${id} here.`)
}

/** All that the console tells of one alert. `signing`: of whoever asks. */
export async function alertDetailOf(
  ground: ConsoleGround,
  asker: Asker & { signing: UserSigning },
  { id }: { id: string },
): Promise<AlertDetail> {
  const { ask, registry } = ground
  const { alert, changedAt } = await alertOf(ground, asker, id)
  const findings = alert.findings.toSorted((one, other) => other.score - one.score)
  const [leading] = findings
  const stored = leading && storedEventOf(ground, leading)
  const [strips, [commands = []], { row, alike, verdicts }, events, risk, peers, provenance] = await Promise.all([
    leading && reasonStrips(ask, leading, stored),
    commandDetails(ask, [alert]),
    alikeAlerts(ground, alert, alertRowOf(alert, changedAt, registry)),
    eventsAround(ground, leading, stored),
    risksBeside(ground, alert, leading),
    peersOfAlert(ground, leading),
    provenanceOf(ground, findings),
  ])
  return {
    as_of: ground.now(),
    alert: row,
    decision: decisionInWords(alert),
    findings: findings.map((finding) => findingDetail(finding, finding === leading ? strips : undefined)),
    ...{ events, risk, peers, provenance, alike, commands, verdicts },
    consequences: consequences({ alert, commands, signing: asker.signing, policy: ground.policy, now: ground.now() }),
    // A command that must fail is not offered.
    answer_with: asker.signing.missing === null ? answerWith(alert) : [],
  }
}

async function storedEventOf(
  { ask }: ConsoleGround,
  { tenant, agent, event_id: event }: Finding,
): Promise<EventOfFinding | undefined> {
  return (await ask(eventOfFinding, { tenant, agent, event }))[0]
}

/** The session of a finding, before and after its event. */
async function eventsAround(
  ground: ConsoleGround,
  finding: Finding | undefined,
  stored: Promise<EventOfFinding | undefined> | undefined,
): Promise<AlertDetail['events']> {
  const event = await stored
  if (finding === undefined || event === undefined) return { items: [], more_before: false, more_after: false }
  const { tenant, agent, session } = finding
  const at = { tenant, agent, session, ...eventPlace(event) }
  const [before, after] = await Promise.all([
    ground.ask(sessionEventsQuestion('<'), { ...at, rows: eventsBefore + 1 }),
    ground.ask(sessionEventsQuestion('>'), { ...at, rows: eventsAfter + 1 }),
  ])
  const rows = [...before.slice(0, eventsBefore).reverse(), event, ...after.slice(0, eventsAfter)]
  return {
    items: await traceEvents(ground, finding, rows),
    more_before: before.length > eventsBefore,
    more_after: after.length > eventsAfter,
  }
}

async function risksBeside(
  { ask }: ConsoleGround,
  { tenant, agent }: Alert,
  finding: Finding | undefined,
): Promise<AlertDetail['risk']> {
  const ended = (await ask(latestRisks, { tenant, agent })).reverse()
  const risks = ended.map((one) => ({ ...one, running: false, this: one.session === finding?.session }))
  // A session that goes on has not ended: its risk so far is the finding's.
  if (finding === undefined || risks.some((one) => one.this)) return risks
  return [...risks, { session: finding.session, ended_at: finding.time, running: true, risk: finding.risk, this: true }]
}
