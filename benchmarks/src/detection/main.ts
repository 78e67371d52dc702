import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError } from '@straylight/models/scoring/scoring-model'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { readArtifact } from 'straylight/deployment/read-artifact'
import { detectionTable } from './detection-table.ts'
import { findLabelledStreams, type LabelledStream, readLabelledStream, StreamError } from './labelled-stream.ts'
import { leaveOneOut } from './leave-one-out.ts'
import { leaveOneOutTable } from './leave-one-out-table.ts'
import { measureStreams } from './measure-streams.ts'
import type { MeasuredRow } from './measured-row.ts'
import { type DetectionOptions, readOptions } from './read-options.ts'
import { recallPlot } from './recall-plot.ts'
import { rivalSpeeds, rivals, rivalsAbout } from './rivals.ts'
import { simulatedTails } from './simulated-tails.ts'

process.exitCode = await main()

/** `npm run bench:detection`: 0 done, 2 wrong usage or data that can't be read. */
async function main(): Promise<number> {
  try {
    await bench(readOptions(process.argv.slice(2)))
    return 0
  } catch (error) {
    if (!(error instanceof StraylightError) || error.exit_code !== 2) throw error
    say(error.message)
    return error.exit_code
  }
}

async function bench(options: DetectionOptions): Promise<void> {
  const started = performance.now()
  const { description } = await openTensorBackend('wasm')
  say(description)
  if (options.tails) {
    process.stdout.write(`${simulatedTails(say)}\n`)
    return
  }
  const names = await chosenStreams(options)
  const streams = []
  for (const name of names) streams.push(await readLabelledStream(options.data, name))
  if (options.leaveOneOut) return benchLeaveOneOut(streams, options)
  const { rows, costs } = await measureStreams(streams, { ...options, shipped: await shippedArtifact(), say })
  const seconds = Math.round((performance.now() - started) / 1000)
  if (options.json !== undefined) {
    const rivalRows = { about: rivalsAbout, measured_in_this_run: false, figures: rivals, speeds: rivalSpeeds }
    await writeFile(options.json, `${JSON.stringify({ seconds, rows, costs, rivals: rivalRows })}\n`)
  }
  if (options.plots !== undefined) await writePlots(options.plots, rows)
  process.stdout.write(`${detectionTable(rows, costs)}\n`)
  say(`${rows.length} rows over ${names.length} streams in ${seconds} s`)
}

async function benchLeaveOneOut(streams: readonly LabelledStream[], options: DetectionOptions): Promise<void> {
  if (streams.length < 2) throw new StreamError(`--leave-one-out needs two streams at least, found ${streams.length}.`)
  const measured = await leaveOneOut(streams, { seeds: options.seeds, shipped: await shippedArtifact(), say })
  if (options.json !== undefined) {
    const chosen = Object.fromEntries(measured.chosen)
    await writeFile(options.json, `${JSON.stringify({ rows: measured.rows, chosen })}\n`)
  }
  process.stdout.write(`${leaveOneOutTable(measured)}\n`)
}

async function chosenStreams({ data, streams }: DetectionOptions): Promise<readonly string[]> {
  if (streams !== undefined) return streams
  const { names, passedOver } = await findLabelledStreams(data)
  if (passedOver.length > 0) say(`Passed over, because their labels are of another form: ${passedOver.join(', ')}`)
  if (names.length === 0)
    throw new StreamError(`--data ${data}: holds no pair NAME.events.ndjson.gz and NAME.labels.ndjson.gz of that form`)
  return names
}

/** The artifact that ships, if it is of this program's features. */
async function shippedArtifact(): Promise<ModelArtifact | null> {
  try {
    return await readArtifact()
  } catch (error) {
    if (!(error instanceof ModelError)) throw error
    say(`The default artifact's rows are left out: ${error.message}`)
    return null
  }
}

async function writePlots(folder: string, rows: readonly MeasuredRow[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  const plots = new Map<string, MeasuredRow[]>()
  for (const row of rows) {
    const title = `${row.stream}, ${row.mode}, ${row.variant}`
    plots.set(title, [...(plots.get(title) ?? []), row])
  }
  for (const [title, lines] of plots) {
    const file = join(folder, `${title.replaceAll(', ', '.').replaceAll(' ', '-')}.svg`)
    await writeFile(
      file,
      recallPlot(
        title,
        lines.map(({ model, curve }) => ({ name: model, points: curve })),
      ),
    )
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
