import { type AlertRevision, followAlerts } from '@straylight/console/alerts/alert-feed'
import { subjectInWords } from '@straylight/respond/command/subject-in-words'
import type { Log } from '@straylight/runtime/log/log'
import type { Lifecycle } from '@straylight/runtime/process/lifecycle'
import type { Logger } from '@straylight/runtime/process/logger'
import type { Alert } from '@straylight/schemas/alert'

/** Alerts whose commands are remembered; of one that was forgotten, what stands is said once more. */
const rememberedMax = 10_000

/** One plain line of the program's log for each new alert, each command that was sent, each broker's answer and each that did not come. */
export async function reportAlerts({
  log,
  logger,
  lifecycle,
}: {
  log: Log
  logger: Logger
  lifecycle: Lifecycle
}): Promise<void> {
  const feed = await followAlerts(log, (error) =>
    logger.error({ err: error }, 'alerts could not be followed for the log'),
  )
  const lines = createAlertLines()
  feed.listen((revision) => {
    for (const line of lines(revision)) logger.info({ alert: revision.alert.id }, line)
  })
  lifecycle.opened('lines of alerts', feed.close)
}

/** What is worth a line in each revision, set against the one before. */
export function createAlertLines(): (revision: AlertRevision) => string[] {
  const remembered = new Map<string, ReadonlySet<string>>()
  return ({ alert }) => {
    const before = remembered.get(alert.id)
    const said = new Map(commandLines(alert))
    remembered.delete(alert.id)
    remembered.set(alert.id, new Set(said.keys()))
    const oldest = remembered.size > rememberedMax ? remembered.keys().next().value : undefined
    if (oldest !== undefined) remembered.delete(oldest)
    const fresh = [...said].filter(([key]) => !before?.has(key)).map(([, line]) => line)
    return alert.revision === 1 ? [`new alert ${alert.id}, ${alert.severity}: ${alert.summary}`, ...fresh] : fresh
  }
}

type Command = NonNullable<Alert['command']>

/** What happened to the alert's commands, each with a key of its own. */
function commandLines(alert: Alert): [string, string][] {
  const { command, command_state, restores = [] } = alert
  const all = [
    ...(command === undefined ? [] : [{ command, state: command_state as string, result: undefined }]),
    ...restores,
  ]
  return all.flatMap(({ command: of, state, result }) => {
    const line = lineOf(of, state, result)
    return line === null ? [] : [[`${of.id} ${state}`, `${line} (${alert.id})`] as [string, string]]
  })
}

function lineOf(command: Command, state: string, result: string | undefined): string | null {
  const what = `${command.id}, ${command.action.replaceAll('_', ' ')} of ${subjectInWords(command)}`
  switch (state) {
    case 'held':
      return `command waits for an approval: ${what}`
    case 'sent':
      return `command sent: ${what}`
    case 'applied':
      return `the broker answered, applied: ${what}`
    case 'refused':
      return `the broker answered, refused${result === undefined ? '' : ` (${result})`}: ${what}`
    case 'unanswered':
      return `the broker has not answered in time: ${what}`
    case 'expired':
      return `command expired unsent: ${what}`
    default:
      return null
  }
}
