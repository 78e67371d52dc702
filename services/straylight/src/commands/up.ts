import type { Console } from '@straylight/console/server/create-console'
import { appendInput } from '@straylight/ingest/files/append-input'
import { checkReadable, readFiles } from '@straylight/ingest/files/read-files'
import { createAgentRegistry } from '@straylight/ingest/record/agent-registry'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { endProcess } from '@straylight/runtime/process/end-process'
import { createLifecycle, type Lifecycle, Stopping, stopOnSignals } from '@straylight/runtime/process/lifecycle'
import { createLogger, type Logger } from '@straylight/runtime/process/logger'
import {
  AllSettings,
  readSettings,
  secretFilesOpenToOthers,
  threadPoolSize,
  unknownSettings,
} from '@straylight/runtime/settings/config'
import { counted } from '@straylight/schemas/counted'
import { finalMessage, startFails } from '../deployment/final-message.ts'
import { learnFiles } from '../deployment/learn-files.ts'
import { readRegistry } from '../deployment/read-registry.ts'
import { type StageName, stageNames } from '../deployment/stage-names.ts'
import { giveWay } from '../health/give-way.ts'
import { reportAlerts } from '../health/report-alerts.ts'
import { openPipeline, type Pipeline, type PipelineOptions } from '../pipeline.ts'
import { standardInput } from '../standard-input.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

export interface UpOptions {
  readonly history?: string[]
  readonly input?: string[]
  readonly format?: string
}

/** How long what is left behind may keep a stopped process. */
const leftBehindMs = 3_000

/** `straylight up [stages…]`: run until asked to stop. */
export async function up(output: CommandOutput, options: UpOptions, ...operands: unknown[]): Promise<number> {
  const named = operands.flat()
  const stages = stagesOf(
    named.filter((name) => name !== consoleName),
    named.length > 0,
  )
  const settings = readSettings(AllSettings)
  const console = named.length === 0 ? settings.STRAYLIGHT_CONSOLE : named.includes(consoleName)
  await checkReadable([...(options.history ?? []), ...(options.input ?? [])])
  const logger = createLogger({ level: settings.STRAYLIGHT_LOG_LEVEL, readable: process.stderr.isTTY === true })
  warnOfSurroundings(settings, logger)
  giveWay(stages)
  const lifecycle = createLifecycle({ logger, stopWithinMs: settings.STRAYLIGHT_STOP_SECONDS * 1000 })
  // Never untied: whatever happens on the way out is one line, and a second signal ends it.
  stopOnSignals(lifecycle)
  const started = Date.now()
  await run(settings, { stages, console, lifecycle, logger, options }).catch((error: unknown) =>
    startFailed(lifecycle, error),
  )
  const code = await lifecycle.stopped
  const seconds = Math.round((Date.now() - started) / 1000)
  output.say(`Stopped after ${seconds} s.`)
  output.result({ stages, seconds, exit_code: code })
  const ending = lifecycle.ending()
  endAnyway(ending?.late === true ? 0 : leftBehindMs)
  // Reported by the command line, as the last thing that anybody reads of this process.
  if (ending?.failure != null) throw await finalMessage(ending.failure, settings.STRAYLIGHT_DATA)
  return code
}

/** A start that ends because the stop has begun is no failure of its own. */
async function startFailed(lifecycle: Lifecycle, error: unknown): Promise<void> {
  if (error instanceof Stopping && lifecycle.ending() !== null) return
  await lifecycle.stop(startFails, { what: startFails, error })
}

/**
 * All of ours is closed, yet a library may have left something open: kafkajs a connection that it made while its broker went
 * and came back. A process that was asked to stop must not wait for it; the timer itself keeps nothing alive.
 */
function endAnyway(afterMs: number): void {
  setTimeout(() => endProcess(Number(process.exitCode ?? 1)), afterMs).unref()
}

/** Opens everything, reads the input, and comes back when the stop has begun, whatever began it. */
async function run(
  settings: AllSettings,
  parts: {
    stages: readonly StageName[]
    console: boolean
    lifecycle: Lifecycle
    logger: Logger
    options: UpOptions
  },
): Promise<void> {
  const { stages, console, lifecycle, logger, options } = parts
  const { history } = options
  if (history !== undefined && !stages.includes('baseline'))
    throw new WrongUsage('--history is learnt by the stage baseline, which is not among those that you named')
  const beforeStart =
    history === undefined ? {} : { beforeStart: learning(history, { settings, logger, format: options.format }) }
  const opening = openPipeline({ settings, logger, lifecycle, stages, console, ...beforeStart })
  const pipeline = await Promise.race([opening, lifecycle.stopped])
  if (typeof pipeline !== 'number' && pipeline.console !== undefined) sayWhere(pipeline.console, settings)
  if (typeof pipeline !== 'number' && stages.includes('respond'))
    await reportAlerts({ log: pipeline.log, logger, lifecycle })
  if (typeof pipeline === 'number' || options.input === undefined) return
  // Standard input may have no end: the stop does not wait for it.
  await Promise.race([readInput(pipeline, settings, { ...options, logger }), lifecycle.stopped])
}

/** Learns history before any stage runs. */
function learning(
  history: string[],
  { settings, logger, format }: { settings: AllSettings; logger: Logger; format: string | undefined },
): NonNullable<PipelineOptions['beforeStart']> {
  return async ({ baseline, formats }) => {
    await openTensorBackend(settings.STRAYLIGHT_TENSORFLOW)
    const request = { files: history, ...(format === undefined ? {} : { format }) }
    const learnt = await learnFiles(baseline, settings, { request, formats })
    logger.info({ ...learnt, files: history }, 'the history is learnt')
    for (const note of learnt.notes) logger.warn({ files: history }, note)
    for (const sentence of learnt.lookalikes) logger.warn({ files: history }, `in the history, ${sentence}`)
  }
}

async function readInput(
  pipeline: Pipeline,
  settings: AllSettings,
  options: UpOptions & { logger: Logger },
): Promise<void> {
  const registry = createAgentRegistry(await readRegistry(settings.STRAYLIGHT_REGISTRY))
  const records = readFiles(options.input ?? [], {
    format: options.format,
    registry,
    formats: pipeline.formats,
    tenant: settings.STRAYLIGHT_TENANT,
    stdin: standardInput,
  })
  options.logger.warn(
    { files: options.input },
    'the input is judged as if it came now, whatever its dates: old logs that shall be learnt and not judged go into --history',
  )
  const read = await appendInput(pipeline.log, records, { logTime: 'arrival' })
  options.logger.info({ ...read, files: options.input }, 'the input is in the log')
}

/** Beside the stages: what people open in a browser. */
const consoleName = 'console'

/**
 * The link goes to the terminal of whoever started the program, and to nobody else: what standard error is shipped to keeps lines, and
 * `straylight link` makes another.
 */
function sayWhere(served: Console, { STRAYLIGHT_CONSOLE_LINK_MINUTES: minutes }: AllSettings): void {
  if (process.stderr.isTTY !== true) return
  process.stderr.write(`Open the console, signed in, once within ${counted(minutes, 'minute')}: ${served.link()}\n`)
}

function stagesOf(operands: readonly unknown[], named: boolean): readonly StageName[] {
  if (!named) return stageNames
  return operands.map((operand) => {
    const stage = stageNames.find((name) => name === operand)
    if (stage !== undefined) return stage
    throw new WrongUsage(
      `"${String(operand)}" is no stage: expected ${stageNames.join(', ')}, ${consoleName}, or nothing for all`,
    )
  })
}

function warnOfSurroundings(settings: AllSettings, logger: Logger): void {
  const unknown = unknownSettings()
  if (unknown.length > 0) logger.warn({ unknown }, 'there are no such settings; deploy/env.example has them all')
  for (const sentence of secretFilesOpenToOthers()) logger.warn(sentence)
  if (settings.CLICKHOUSE_URL === undefined && threadPoolSize() < 8) {
    logger.warn('few threads for the store: leave UV_THREADPOOL_SIZE unset, or give it 16 or more')
  }
}
