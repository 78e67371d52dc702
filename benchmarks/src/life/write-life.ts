import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type LifeTrade, liveStart } from './life-trade.ts'
import { playTrade, registryOf } from './play-trade.ts'

/** Writes a made-up life as the files that `--data` reads, without a policy. */
export async function writeLife(folder: string, trade: LifeTrade, seed: number): Promise<void> {
  const lines = { history: [] as string[], after: [] as string[], labels: [] as string[] }
  for (const { time, label, line } of playTrade(trade, seed)) {
    lines[time < liveStart ? 'history' : 'after'].push(JSON.stringify(line))
    lines.labels.push([line.id, label, line.agent, line.session, new Date(time).toISOString()].join('\t'))
  }
  const write = (file: string, text: string) => writeFile(join(folder, file), text)
  await write('history.ndjson', `${lines.history.join('\n')}\n`)
  await write('after.ndjson', `${lines.after.join('\n')}\n`)
  await write('labels.tsv', `${lines.labels.join('\n')}\n`)
  await write('agents.yaml', `${JSON.stringify(registryOf(trade))}\n`)
}
