import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Benchmark, perSecond } from './benchmark.ts'
import { historyLines } from './history.ts'
import { interleaved } from './interleaved.ts'
import { inTemporaryFolder } from './temporary-folder.ts'

const historyEvents = 20_000
const replayedEvents = 20_000
const rounds = 2

const program = fileURLToPath(new URL('../../services/straylight/bin/straylight.cjs', import.meta.url))

/** Of the summary that `straylight replay --json` ends with. */
interface Summary {
  readonly events: number
  readonly rejected: number
}

export const replayOfFiles: Benchmark = {
  name: 'replay',
  about:
    'The whole main job over files, `straylight replay` as people start it: lines read, normalised, stored, counted, scored and answered; in turns with bare JSON.parse of the very same lines. Its time less that of a replay of one line after the same history is what the replayed events take.',
  run: (say) =>
    inTemporaryFolder(async (folder) => {
      const lines = historyLines({ events: historyEvents + replayedEvents })
      const past = lines.slice(0, -replayedEvents)
      const later = lines.slice(-replayedEvents)
      const write = async (name: string, content: readonly string[]) => {
        await writeFile(join(folder, name), content.join('\n'))
        return join(folder, name)
      }
      const history = await write('history.ndjson', past)
      const all = await write('later.ndjson', later)
      const one = await write('one.ndjson', later.slice(0, 1))
      say(`${past.length} lines of history, ${later.length} replayed, ${rounds} rounds and one to warm up`)
      const taken = await interleaved(
        {
          parse: () => later.forEach((line) => void JSON.parse(line)),
          history: () => replayed(history, one, 1),
          all: () => replayed(history, all, later.length),
        },
        rounds,
      )
      const alone = taken.all - taken.history
      return [
        { name: 'bare_json_parse', value: perSecond(later.length, taken.parse), unit: 'events/s', better: 'higher' },
        { name: 'replay', value: perSecond(later.length, alone), unit: 'events/s', better: 'higher', target: 20_000 },
        {
          name: 'replay_share_of_bare_parse',
          value: Math.round((100_000 * taken.parse) / alone) / 100_000,
          unit: '×',
          better: 'higher',
        },
        {
          name: 'start_and_learn_history',
          value: perSecond(past.length, taken.history),
          unit: 'events/s',
          better: 'higher',
        },
      ]
    }),
}

async function replayed(history: string, file: string, events: number): Promise<void> {
  const command = ['--max-semi-space-size=64', program, 'replay', file, '--history', history, '--json']
  const { stdout } = await promisify(execFile)(process.execPath, command, { maxBuffer: 64 * 1024 * 1024 })
  const summary = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Summary
  // A replay that rejects what it should read would be fast.
  if (summary.events !== events || summary.rejected > 0) {
    throw new Error(`replayOfFiles took ${summary.events} of ${events} events and rejected ${summary.rejected}`)
  }
}
