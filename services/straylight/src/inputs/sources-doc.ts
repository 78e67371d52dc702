import { allFormats } from '@straylight/ingest/formats/all-formats'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { type LogSource, logSources, type Shipping } from './log-sources.ts'

/** A record of a source, and the event that it becomes. */
export interface SourceSample {
  readonly line: string
  readonly event: Partial<Omit<AgentEvent, 'id'>>
}

/** The pages of `docs/sources/` by their names, as the list of sources and the formats' samples say. */
export function sourcePages(sampleOf: (source: LogSource) => SourceSample): Map<string, string> {
  return new Map(logSources.map((source) => [source.name, pageOf(source, sampleOf(source))]))
}

/** The format that reads a source. */
export const formatOf = ({ name, format = name }: LogSource): string => format

function pageOf(source: LogSource, { line, event }: SourceSample): string {
  const title = source.title ?? allFormats.find(({ name }) => name === formatOf(source))?.title
  const file = `${source.name}.ndjson`
  return [
    '<!-- Written by `npm run formats-doc` from services/straylight/src/inputs/log-sources.ts and the samples. -->',
    `# ${title}`,
    '',
    `Format \`${formatOf(source)}\` of [docs/inputs.md](../inputs.md#formats), which says which fields it fills.`,
    '',
    `1. **Switch it on.** ${source.switch_on}`,
    `2. **Ship it.** ${shipping(source.ship, file)}`,
    `3. **See it.** Put some of it into \`${file}\`, such as the record below, and ask what becomes of it; then ask a running deployment.`,
    '',
    ...shell([`straylight inputs explain ${file}`, 'straylight rejections', 'straylight agents']),
    '',
    'One record (made up):',
    '',
    '```json',
    line,
    '```',
    '',
    `It is read as: agent \`${event.agent}\`, system \`${event.system}\`, action \`${event.action}\`${outcomeOf(event)}.`,
    '',
  ].join('\n')
}

const outcomeOf = ({ outcome }: SourceSample['event']): string =>
  outcome === undefined ? '' : `, outcome \`${outcome}\``

const shell = (lines: readonly string[], indent = ''): string[] =>
  ['```sh', ...lines, '```'].map((line) => `${indent}${line}`)

const token = '`$TOKEN` is a [token](../../services/ingest/README.md#tokens) of `POST /v1/events`.'
const otlpToken = '`$TOKEN` is made in [docs/opentelemetry.md](../opentelemetry.md#from-nothing-to-a-first-event).'

function shipping(ship: Shipping, file: string): string {
  if ('shipper' in ship) {
    const name = ship.shipper.split('/').at(-1)
    return `With Vector: [${name}](../../${ship.shipper}), source \`${ship.part}\`.${ship.shipper.endsWith('vector.yaml') ? '' : ` ${token}`}`
  }
  if ('otlp' in ship) {
    const lines = ship.otlp.length === 0 ? [] : ['', '', ...shell(ship.otlp, '   '), '']
    return `It sends to Straylight itself, or to a Collector with [otel-collector-traces.yaml](../../deploy/log-shippers/otel-collector-traces.yaml). ${otlpToken}${lines.join('\n')}`
  }
  const post = `curl -X POST http://127.0.0.1:8700/v1/events -H "authorization: Bearer $TOKEN" -H "content-type: application/x-ndjson" --data-binary @${file}`
  const [before, what] = 'pull' in ship ? [ship.pull, 'what you fetched'] : [[], ship.sends]
  return `Send ${what}, or let Vector follow the file, as source \`gateways\` of [vector-audit-logs.yaml](../../deploy/log-shippers/vector-audit-logs.yaml) does. ${token}\n\n${shell([...before, post], '   ').join('\n')}\n`
}
