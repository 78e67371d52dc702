import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inTimeOrder } from '@straylight/ingest/files/in-time-order'
import { readFiles } from '@straylight/ingest/files/read-files'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { readPolicy } from '@straylight/respond/decide/read-policy'
import { readArtifact } from 'straylight/deployment/read-artifact'
import { readRegistry } from 'straylight/deployment/read-registry'
import { readHistory } from 'straylight/replay/read-history'
import { runReplay } from 'straylight/replay/replay-run'
import { judgeLife, type LifeLabel, type LifeResult } from './judge-life.ts'

export interface LifeMeasuring {
  /** History is judged too, from the first day, and nothing is vetted. */
  readonly cold: boolean
  /** The share of ordinary sessions that may alert; without it the policy's. */
  readonly rate: number | undefined
}

/**
 * Replays the life in a folder and counts what of it alerts, against what was asked. `history.ndjson` (vetted), `after.ndjson` (judged) and
 * `labels.tsv` must be there; `agents.yaml` and `policy.yaml` may be missing: no agent is registered then, and the policy is the default.
 */
export async function measureLife(
  folder: string,
  { cold, rate }: LifeMeasuring,
): Promise<{ asked: number; result: LifeResult }> {
  const labels = await labelsIn(folder)
  const registry = await readRegistry(await presentIn(folder, 'agents.yaml'))
  const written = await readPolicy(await presentIn(folder, 'policy.yaml'))
  const asked = rate ?? written.budget.session_alert_rate
  const policy = { ...written, budget: { ...written.budget, session_alert_rate: asked } }
  const reading = { registry: createAgentRegistry(registry), tenant: undefined, stdin: () => process.stdin }
  const [past, after] = [join(folder, 'history.ndjson'), join(folder, 'after.ndjson')]
  const replayed = await runReplay({
    records: inTimeOrder(readFiles(cold ? [past, after] : [after], reading)),
    history: readHistory(cold ? [] : [past], { ...reading, onRejected: () => undefined }),
    registry,
    policy,
    model: await readArtifact(undefined),
    tenant: undefined,
    partitions: 1,
    scoreInstances: 1,
  })
  try {
    const lines = await replayed.judgements.scoreLines(replayed.log, replayed.order)
    return { asked, result: judgeLife(labels, lines) }
  } finally {
    await replayed.close()
  }
}

/** The path of a file of the folder that need not be there; undefined where it is not. */
async function presentIn(folder: string, file: string): Promise<string | undefined> {
  const path = join(folder, file)
  return access(path).then(
    () => path,
    () => undefined,
  )
}

async function labelsIn(folder: string): Promise<Map<string, LifeLabel>> {
  const text = await readFile(join(folder, 'labels.tsv'), 'utf8')
  return new Map(
    text.split('\n').flatMap((line): [string, LifeLabel][] => {
      const [id, label, agent, session, time] = line.split('\t')
      if (id === undefined || label === undefined || agent === undefined || session === undefined) return []
      return [[id, { label, agent, session, time: Date.parse(time ?? '') }]]
    }),
  )
}
