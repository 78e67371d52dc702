import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { decidedAgainInWords } from '@straylight/respond/alert/postponed-decisions'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import type { Query, Store } from '@straylight/runtime/store/store'
import { Alert } from '@straylight/schemas/alert'
import { Finding } from '@straylight/schemas/finding'
import { z } from 'zod'
import { openDeploymentStore } from '../deployment/open-deployment.ts'
import { evidenceQuery } from '../explain/evidence-query.ts'
import { explanationLines } from '../explain/explanation-lines.ts'
import { relearningSentence } from '../explain/relearning-sentence.ts'
import { silenceSentence } from '../explain/silence-sentence.ts'
import { type Reproduced, reproduceJudgement } from '../replay/reproduce-judgement.ts'
import type { CommandOutput } from './command.ts'

const record = z.object({ record: z.string() })

export const alertById: Query<{ id: string }, { record: string }> = {
  name: 'alert by id',
  sql: 'SELECT record FROM alerts FINAL WHERE id = {id:String} ORDER BY revision DESC LIMIT 1',
  row: record,
}

export const findingsByEvent: Query<{ id: string }, { record: string }> = {
  name: 'findings by event',
  sql: 'SELECT record FROM findings FINAL WHERE event_id = {id:String} ORDER BY time, id',
  row: record,
}

/** `straylight explain EVENT|ALERT`: why it alerted, or why it did not, from what is stored. */
export async function explain(output: CommandOutput, id: string): Promise<number> {
  const settings = readSettings(AllSettings)
  await openTensorBackend(settings.STRAYLIGHT_TENSORFLOW)
  const store = await openDeploymentStore(settings, { existing: true })
  try {
    return id.startsWith('alr_') ? await explainAlert(output, store, id) : await explainEvent(output, store, id)
  } finally {
    await store.close()
  }
}

async function explainAlert(output: CommandOutput, store: Store, id: string): Promise<number> {
  const [row] = await store.query(alertById, { id })
  if (!row) return unknown(output, id)
  const alert = Alert.parse(JSON.parse(row.record))
  output.say(`${alert.id} (${alert.state}, ${alert.severity}): ${alert.summary}`)
  output.say(
    `${alert.finding_count} findings from ${new Date(alert.first_seen).toISOString()} to ${new Date(alert.last_seen).toISOString()}`,
  )
  for (const finding of alert.findings) for (const line of findingLines(finding)) output.say(line)
  for (const id of new Set(alert.findings.map(({ event_id }) => event_id)))
    output.say(`Worked out again by: straylight explain ${id}`)
  output.say(
    `Answer: ${alert.response}${alert.response_limited_by === undefined ? '' : `, limited by ${alert.response_limited_by}`}; command ${alert.command_state}.`,
  )
  const again = decidedAgainInWords(alert)
  if (again !== '') output.say(`Not all is decided: ${again}.`)
  output.result({ id, alert })
  return 0
}

async function explainEvent(output: CommandOutput, store: Store, id: string): Promise<number> {
  const findings = (await store.query(findingsByEvent, { id })).map(({ record: text }) =>
    Finding.parse(JSON.parse(text)),
  )
  const reproduced = await reproduceJudgement(store, id)
  if (reproduced.found === 'nothing' && findings.length === 0) return unknown(output, id)
  for (const finding of findings) for (const line of findingLines(finding)) output.say(line)
  if (reproduced.found === 'history') output.say(`${id} is imported history: learnt as vetted, never scored.`)
  const judgement = reproduced.found === 'judgement' ? reproduced.judgement : undefined
  const query = reproduced.found === 'judgement' ? queryOf(reproduced) : null
  if (judgement) for (const line of explanationLines(judgement)) output.say(line)
  if (query !== null) output.say(`The counts, for clickhouse-client:\n${query}`)
  output.result({
    id,
    findings,
    reproduced: judgement
      ? {
          score: judgement.score,
          risk: judgement.event_risk,
          p_value: judgement.p_value,
          held_out: judgement.observed.held_out,
          contributions: judgement.contributions,
        }
      : null,
    query,
  })
  return 0
}

function queryOf({ judgement, place }: Reproduced & { found: 'judgement' }): string {
  const { observed, contributions } = judgement
  const { event, group, judging } = observed
  const { tenant, agent } = event
  return evidenceQuery({
    ...{ tenant, agent, ...place, knowledge_version: judging.version, peer_group: group },
    contributions,
  })
}

function findingLines(finding: Finding): string[] {
  return [
    `Finding ${finding.id} (${finding.cause}, ${finding.severity}): score ${finding.score.toFixed(2)}, p-value ${finding.p_value.toPrecision(2)}`,
    ...finding.reasons.map((reason) => `  ${reason}`),
    ...(finding.evidence.fed_by === undefined ? [] : [`  values came out of: ${finding.evidence.fed_by.join(', ')}`]),
    ...(finding.relearning === undefined ? [] : [`  ${relearningSentence(finding.relearning)}`]),
    ...(finding.suppressed === undefined ? [] : [`  ${silenceSentence(finding.suppressed)}`]),
  ]
}

function unknown(output: CommandOutput, id: string): number {
  output.say(`Nothing is stored under ${id}: give the id of an event (as its shipper sent it) or of an alert (alr_…).`)
  output.result({ id, findings: [], reproduced: null })
  return 1
}
