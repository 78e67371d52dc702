import { type DestinationStream, type Logger, pino } from 'pino'
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
      ? pretty({ destination: 2, sync: true, translateTime: 'HH:MM:ss.l', ignore: 'pid,hostname' })
      : pino.destination({ dest: 2, sync: true }))
  return pino(
    {
      level: options.level,
      base: { program: 'straylight' },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: hidden.flatMap((field) => [field, `*.${field}`]), censor: '[hidden]' },
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  )
}
