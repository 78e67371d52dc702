import { allFormats } from '@straylight/ingest/formats/all-formats'
import { filledFields } from '@straylight/ingest/record/filled-fields'
import { features } from '@straylight/models/features/feature'
import { featuresOfFields } from '@straylight/models/features/features-of-fields'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { logSources } from './log-sources.ts'
import { formatOf } from './sources-doc.ts'

/** Between these lines of `docs/inputs.md` stand the tables that the formats write. */
const [begin, end] = ['<!-- formats: written by `npm run formats-doc` -->', '<!-- /formats -->']

/** Every event has these. */
const always: ReadonlySet<string> = new Set(['time', 'tenant', 'agent', 'system', 'action'])

/**
 * The page with its tables of formats as they are now. `eventsOf`: the golden events of a format, which show the fields that it fills.
 */
export function withFormatsTables(page: string, eventsOf: (format: string) => readonly Partial<AgentEvent>[]): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/inputs.md has no lines ${begin} and ${end}`)
  return `${page.slice(0, from + begin.length)}\n\n${tables(eventsOf)}\n\n${page.slice(to)}`
}

function tables(eventsOf: (format: string) => readonly Partial<AgentEvent>[]): string {
  const formats = allFormats.map(({ name, title }) => {
    const fields = new Set(eventsOf(name).flatMap(filledFields))
    const { on, in_part } = featuresOfFields(fields)
    const inPart = in_part.length === 0 ? '' : `, ${in_part.length} in part`
    const shown = [...fields].filter((field) => !always.has(field)).sort()
    return `| ${pagesOf(name)} | ${title} | ${shown.map(code).join(', ')} | ${on.length} of ${features.length}${inPart} |`
  })
  const needs = new Set(features.flatMap((feature) => feature.needs))
  const byField = [...needs].sort().map((need) => {
    const names = features.filter((feature) => feature.needs.includes(need)).map(({ name }) => code(name))
    return `| \`${need}\` | ${names.join(', ')} |`
  })
  return [
    ...['| format | what it is | fields that it fills, where the source has them | features |', '|---|---|---|---|'],
    ...formats,
    '',
    ...['| a feature needs | features |', '|---|---|'],
    ...byField,
  ].join('\n')
}

const code = (text: string): string => `\`${text}\``

/** Its page, and those of further sources that it reads. */
function pagesOf(format: string): string {
  const pages = logSources.filter((source) => formatOf(source) === format)
  return pages.map(({ name }) => `[\`${name}\`](sources/${name}.md)`).join(', ')
}
