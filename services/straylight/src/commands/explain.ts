import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import type { Query, Store } from '@straylight/runtime/store/store'
import { Alert } from '@straylight/schemas/alert'
import { z } from 'zod'
import { openDeploymentStore } from '../deployment/open-deployment.ts'
import { alertLines } from '../explain/alert-lines.ts'
import { explainEvent, nothingStored } from '../explain/explain-event.ts'
import type { CommandOutput } from './command.ts'

const record = z.object({ record: z.string() })

export const alertById: Query<{ id: string }, { record: string }> = {
  name: 'alert by id',
  sql: 'SELECT record FROM alerts FINAL WHERE id = {id:String} ORDER BY revision DESC LIMIT 1',
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
  if (!row) return nothingStored(output, id)
  const alert = Alert.parse(JSON.parse(row.record))
  for (const line of alertLines(alert)) output.say(line)
  output.result({ id, alert })
  return 0
}
