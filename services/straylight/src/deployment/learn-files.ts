import type { Baseline } from '@straylight/baseline/create-baseline'
import type { Formats } from '@straylight/ingest/formats/create-formats'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import type { AllSettings } from '@straylight/runtime/settings/config'
import { type HistoryRejection, readHistory } from '../replay/read-history.ts'
import { HistoryLookalikes } from './history-lookalikes.ts'
import { HistoryNotes } from './history-notes.ts'
import type { ImportAnswer, ImportRequest } from './import-requests.ts'
import { readRegistry } from './read-registry.ts'

/** Learns files of history as vetted, as one knowledge version. */
export async function learnFiles(
  baseline: Pick<Baseline, 'importHistory'>,
  settings: AllSettings,
  {
    request,
    formats,
    beside,
    onRejected = () => undefined,
  }: {
    request: ImportRequest
    formats: Formats
    /** Left out: whether the log has brought any event yet. */
    beside?: boolean
    onRejected?: (rejection: HistoryRejection) => void
  },
): Promise<Exclude<ImportAnswer, { failure: string }>> {
  let rejected = 0
  const registry = await readRegistry(settings.STRAYLIGHT_REGISTRY)
  const lookalikes = new HistoryLookalikes(registry)
  const notes = new HistoryNotes()
  const events = readHistory(request.files, {
    registry: createAgentRegistry(registry),
    tenant: settings.STRAYLIGHT_TENANT,
    format: request.format,
    formats,
    datedApart: notes.datedApart,
    onRejected: (rejection) => {
      rejected++
      onRejected(rejection)
    },
  })
  const learnt = await baseline.importHistory(notes.of(lookalikes.of(events)), beside === undefined ? {} : { beside })
  return { ...learnt, rejected, lookalikes: lookalikes.sentences(), notes: notes.sentences() }
}
