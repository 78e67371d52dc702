import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { type DatedApart, DatedApartWatch, observedBy } from '@straylight/ingest/files/dated-apart'
import { inTimeOrder } from '@straylight/ingest/files/in-time-order'
import { readFiles } from '@straylight/ingest/files/read-files'
import { openFormats } from '@straylight/ingest/mappings/read-mappings'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { passingHashers } from '@straylight/ingest/record/content-hashers'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { readPolicy } from '@straylight/respond/decide/read-policy'
import { readSettings } from '@straylight/runtime/settings/config'
import { settingParts } from '@straylight/runtime/settings/setting-parts'
import { counted } from '@straylight/schemas/counted'
import { Rejection } from '@straylight/schemas/rejection'
import { topics } from '@straylight/schemas/topics'
import { readArtifact } from '../deployment/read-artifact.ts'
import { readRegistry } from '../deployment/read-registry.ts'
import { setAsideSentence } from '../doctor/set-aside-kinds.ts'
import { explanationLines } from '../explain/explanation-lines.ts'
import { lookAtNothingRead, nothingReadSentence } from '../inputs/nothing-read.ts'
import { type HistoryRejection, readHistory, StrictRejection } from '../replay/read-history.ts'
import { replayFindings } from '../replay/replay-judgements.ts'
import { type ReplayRun, runReplay } from '../replay/replay-run.ts'
import { sayDatedApart } from '../replay/say-dated-apart.ts'
import { standardInput } from '../standard-input.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

export interface ReplayOptions {
  readonly history?: string[]
  readonly format?: string
  readonly model?: string
  readonly policy?: string
  readonly registry?: string
  readonly scores?: string
  readonly findings?: string
  readonly explain?: string
  readonly partitions: number
  readonly scoreInstances: number
  readonly strict?: true
}

/** `straylight replay`: the same stages over files, as fast as the machine goes; sends nothing. */
export async function replay(output: CommandOutput, options: ReplayOptions, files: readonly string[]): Promise<number> {
  refuseCluster()
  const started = performance.now()
  const settings = readSettings(settingParts.pipeline)
  const formats = { ...(await openFormats(settings.STRAYLIGHT_MAPPINGS)), hasherFor: passingHashers }
  const registry = await readRegistry(options.registry ?? settings.STRAYLIGHT_REGISTRY)
  const names = createAgentRegistry(registry)
  const tenant = settings.STRAYLIGHT_TENANT
  await openTensorBackend(settings.STRAYLIGHT_TENSORFLOW)
  let historyRejected = 0
  const datedApart = new DatedApartWatch()
  const reading = { registry: names, tenant, format: options.format, stdin: standardInput, formats }
  const replayed = await runReplay({
    records: options.strict ? strictly(files, reading) : observedBy(datedApart, inTimeOrder(readFiles(files, reading))),
    history: readHistory(options.history ?? [], {
      ...reading,
      datedApart,
      strict: options.strict === true,
      onRejected: (rejection) => {
        historyRejected++
        sayRejection(output, rejection, historyRejected)
      },
    }),
    registry,
    formats,
    tenant,
    policy: await readPolicy(options.policy ?? settings.STRAYLIGHT_POLICY),
    model: await readArtifact(options.model ?? settings.STRAYLIGHT_MODEL),
    partitions: Math.max(1, options.partitions),
    scoreInstances: Math.max(1, options.scoreInstances),
    explain: options.explain,
    onProgress: (sentence) => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${sentence}` : ''),
  })
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  try {
    return await report(output, options, replayed, { started, historyRejected, datedApart: datedApart.found() })
  } finally {
    await replayed.close()
  }
}

/** A replay is of this machine and for it alone: settings that name a cluster are a misunderstanding. */
function refuseCluster(): void {
  const { KAFKA_BROKERS, CLICKHOUSE_URL } = {
    ...readSettings(settingParts.kafka),
    ...readSettings(settingParts.clickhouse),
  }
  if (KAFKA_BROKERS !== undefined || CLICKHOUSE_URL !== undefined) {
    throw new WrongUsage('replay runs on a log and a store of its own; unset KAFKA_BROKERS and CLICKHOUSE_URL')
  }
}

/** Reads every record once before anything runs: the first that can't be read stops the replay with its place. */
async function* strictly(
  files: readonly string[],
  reading: Parameters<typeof readFiles>[1] & {
    tenant: string | undefined
    registry: ReturnType<typeof createAgentRegistry>
  },
) {
  if (files.includes('-'))
    throw new WrongUsage('--strict reads its input twice, which standard input does not allow; give a file')
  const stop = (rejection: HistoryRejection) => {
    throw new StrictRejection(`${rejection.file}, line ${rejection.line}: ${rejection.reason}`)
  }
  for await (const _ of readHistory(files, {
    ...reading,
    strict: true,
    onRejected: stop,
    datedApart: new DatedApartWatch(),
  }));
  yield* inTimeOrder(readFiles(files, reading))
}

async function report(
  output: CommandOutput,
  options: ReplayOptions,
  replayed: ReplayRun,
  reported: { started: number; historyRejected: number; datedApart: readonly DatedApart[] },
): Promise<number> {
  const { log, order, judgements, counts } = replayed
  const seconds = Math.round(performance.now() - reported.started) / 1000
  if (options.scores) await writeLines(options.scores, await judgements.scoreLines(log, order))
  if (options.findings) await writeLines(options.findings, await replayFindings(log, order))
  await sayRejections(output, replayed)
  for (const kind of replayed.setAside) output.say(setAsideSentence(kind))
  const set_aside = replayed.setAside.reduce((sum, { count }) => sum + count, 0)
  sayDatedApart(output, reported.datedApart)
  const { history, ...summary } = counts
  const passed = [...replayed.passedOver]
  const total = summary.events + summary.repeats
  output.say(
    `${counted(total, 'event')} (${counted(summary.repeats, 'repeat')}), ${summary.rejected} rejected, after ${counted(history, 'event')} of history`,
  )
  if (passed.length > 0) output.say(`Passed over: ${passed.map(([name, count]) => `${count} ${name}`).join(', ')}.`)
  output.say(
    `${counted(summary.findings, 'finding')}, ${counted(summary.alerts, 'alert')}, ${counted(summary.commands, 'command')} (none sent) in ${seconds} s`,
  )
  const nothing = total === 0 && summary.rejected > 0 ? await lookAtNothingRead(log) : undefined
  if (nothing !== undefined) output.say(nothingReadSentence(nothing))
  if (options.explain !== undefined) {
    if (!judgements.explained)
      throw new WrongUsage(`--explain ${options.explain}: the files hold no event with this id that was judged`)
    for (const line of explanationLines(judgements.explained)) output.say(line)
  }
  output.result({
    ...summary,
    ...(passed.length === 0 ? {} : { passed_over: Object.fromEntries(passed) }),
    set_aside,
    events: total,
    history,
    history_rejected: reported.historyRejected,
    dated_apart: reported.datedApart.length,
    seconds,
    ...(nothing === undefined ? {} : { nothing_read: nothing }),
  })
  return nothing === undefined ? 0 : 1
}

async function writeLines(path: string, lines: readonly object[]): Promise<void> {
  const file = createWriteStream(path)
  for (const line of lines) file.write(`${JSON.stringify(line)}\n`)
  file.end()
  await finished(file)
}

/** Rejections reported one by one; the rest as a number. */
const rejectionsSaid = 20

function sayRejection(output: CommandOutput, { file, line, reason }: HistoryRejection, count: number): void {
  if (count <= rejectionsSaid) output.say(`rejected ${file}, line ${line}: ${reason}`)
}

async function sayRejections(output: CommandOutput, { log, order, counts }: ReplayRun): Promise<void> {
  const partition = { topic: topics.rejected.name, partition: 0 }
  let count = 0
  for await (const record of log.read(partition, 0, Math.min(rejectionsSaid, counts.rejected))) {
    const { position, reason } = Rejection.parse(JSON.parse(record.value.toString()))
    const place = order.placeOf(position)
    count++
    sayRejection(output, { file: place?.file ?? '?', line: place?.line ?? 0, reason }, count)
  }
  if (counts.rejected > rejectionsSaid) output.say(`… and ${counts.rejected - rejectionsSaid} more rejected`)
}
