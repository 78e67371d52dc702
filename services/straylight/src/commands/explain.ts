import type { EventExplanation } from '@straylight/console/contract/session-events'
import type { LocalAccess } from '@straylight/console/sign-in/local-access'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import type { Query, Store } from '@straylight/runtime/store/store'
import { Alert } from '@straylight/schemas/alert'
import { z } from 'zod'
import { askRunning, NoConsoleAnswer, runningConsole } from '../console/console-api.ts'
import { openDeploymentStore } from '../deployment/open-deployment.ts'
import { alertLines } from '../explain/alert-lines.ts'
import { explainEvent, nothingStored } from '../explain/explain-event.ts'
import { type ExplainOptions, queryLines } from '../explain/query-lines.ts'
import type { CommandOutput } from './command.ts'

const record = z.object({ record: z.string() })

type Judged = NonNullable<EventExplanation['agents'][number]['judgement']>

export const alertById: Query<{ id: string }, { record: string }> = {
  name: 'alert by id',
  sql: 'SELECT record FROM alerts FINAL WHERE id = {id:String} ORDER BY revision DESC LIMIT 1',
  row: record,
}

/** `straylight explain EVENT|ALERT`: why it alerted, or why it did not, from what is stored. */
export async function explain(output: CommandOutput, options: ExplainOptions, id: string): Promise<number> {
  const settings = readSettings(AllSettings)
  const access = settings.CLICKHOUSE_URL === undefined ? await runningConsole(settings) : undefined
  if (access !== undefined) return explainRunning(output, { access, settings }, { id, ...options })
  await openTensorBackend(settings.STRAYLIGHT_TENSORFLOW)
  const store = await openDeploymentStore(settings, { existing: true })
  try {
    return id.startsWith('alr_')
      ? await explainAlert(output, store, id)
      : await explainEvent(output, store, { id, ...options })
  } finally {
    await store.close()
  }
}

/** The same while the deployment runs: asked of its console, since an embedded store takes one program. */
async function explainRunning(
  output: CommandOutput,
  { access, settings }: { access: LocalAccess; settings: AllSettings },
  { id, ...options }: ExplainOptions & { id: string },
): Promise<number> {
  try {
    if (id.startsWith('alr_')) {
      const alert = await askRunning(access, settings, { name: 'alertRecord', query: { id } })
      return sayAlert(output, alert)
    }
    const { agents, more } = await askRunning(access, settings, { name: 'explain', query: { event: id } })
    return sayEvent(output, { id, ...options }, { agents, more })
  } catch (error) {
    if (error instanceof NoConsoleAnswer && error.code === 'not_found') return nothingStored(output, id)
    throw error
  }
}

function sayEvent(
  output: CommandOutput,
  { id, ...options }: ExplainOptions & { id: string },
  { agents, more }: Pick<EventExplanation, 'agents' | 'more'>,
): number {
  const sections = agents.map(({ tenant, agent, lines, records, judgement, query }) => {
    if (agents.length > 1) output.say(`Agent ${agent} of tenant ${tenant} sent an event ${id}:`)
    for (const line of lines) output.say(line)
    for (const line of queryLines(query, id, options)) output.say(line)
    return { tenant, agent, findings: records, reproduced: judgement && numbersOf(judgement), query }
  })
  if (more) output.say(`More agents sent an event ${id}; the latest ${agents.length} are explained.`)
  const { reproduced = null, query = null } = sections[0] ?? {}
  const findings = sections.flatMap((section) => section.findings)
  output.result({ id, findings, reproduced, query, ...(sections.length > 1 ? { agents: sections } : {}) })
  return 0
}

const numbersOf = ({ score, risk, p_value, quarantined, reasons }: Judged) => ({
  ...{ score, risk, p_value, held_out: quarantined },
  contributions: reasons.map(({ feature, value, contribution, expected, seen }) => ({
    ...{ feature, value, contribution, expected, seen },
  })),
})

async function explainAlert(output: CommandOutput, store: Store, id: string): Promise<number> {
  const [row] = await store.query(alertById, { id })
  if (!row) return nothingStored(output, id)
  return sayAlert(output, Alert.parse(JSON.parse(row.record)))
}

function sayAlert(output: CommandOutput, alert: Alert): number {
  for (const line of alertLines(alert)) output.say(line)
  output.result({ id: alert.id, alert })
  return 0
}
