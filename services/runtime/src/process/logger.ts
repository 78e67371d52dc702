import { visibleLines } from '@straylight/schemas/visible-text'
import { type DestinationStream, type LogFn, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

export type { Logger } from 'pino'

/** Fields that must never reach a log, wherever they stand in an object of the line. */
const hidden = ['password', 'secret', 'token', 'authorization', 'private_key', 'd']

/**
 * The program's own log: JSON lines on standard error, readable on a terminal; standard output belongs to commands.
 * Written synchronously: the line that says why a process ended must be there after it ended.
 */
export function createLogger(options: { level: string; readable: boolean; stream?: DestinationStream }): Logger {
  const stream =
    options.stream ??
    (options.readable
      ? visibleTo(pretty({ destination: 2, sync: true, translateTime: 'HH:MM:ss.l', ignore: 'pid,hostname' }))
      : pino.destination({ dest: 2, sync: true }))
  return pino(
    {
      level: options.level,
      base: { program: 'straylight' },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: hidden.flatMap((field) => [field, `*.${field}`]), censor: '[hidden]' },
      formatters: { level: (label) => ({ level: label }) },
      hooks: { logMethod: withVisibleMessage },
    },
    stream,
  )
}

/** The sentence of a line is read by people: names in it are shown as what they are. Fields stay raw, machines compare them. */
function withVisibleMessage(this: Logger, given: Parameters<LogFn>, method: LogFn): void {
  method.apply(this, given.map((one) => (typeof one === 'string' ? visibleLines(one) : one)) as Parameters<LogFn>)
}

/** A terminal shows fields too, and obeys what stands in them. */
function visibleTo(stream: DestinationStream): DestinationStream {
  const visible = (_name: string, value: unknown): unknown => (typeof value === 'string' ? visibleLines(value) : value)
  return { write: (line) => stream.write(`${JSON.stringify(JSON.parse(line, visible))}\n`) }
}
