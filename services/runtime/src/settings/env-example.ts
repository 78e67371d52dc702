import type { z } from 'zod'
import { isSecret } from './secret-setting.ts'
import { settingParts } from './setting-parts.ts'

const titles: Record<keyof typeof settingParts, string> = {
  folder: 'Where everything lies',
  operation: 'Operating it',
  pipeline: 'What the stages work with',
  endpoint: 'What POST /v1/events takes at a time',
  people: 'The console, and the local API of the commands',
  kafka: 'The log: Apache Kafka instead of the embedded one',
  clickhouse: 'The store: a ClickHouse server instead of chDB in the process',
}

/** The text of `deploy/env.example`: every setting with its reason and default, all switched off. */
export function envExample(): string {
  const parts = Object.entries(settingParts).map(([part, settings]) => {
    const lines = Object.entries(settings.shape).map(([name, setting]) => lineOf(name, setting))
    return [`## ${titles[part as keyof typeof settingParts]}`, ...lines].join('\n\n')
  })
  return `${heading}\n\n${parts.join('\n\n\n')}\n`
}

const heading = `# Every setting of Straylight. Nothing has to be set: a line that stays switched off means its default.
# Written by \`npm run env-example\`; \`straylight doctor\` says which values stand and where they are wrong.`

function lineOf(name: string, setting: z.ZodType): string {
  const standard = setting.safeParse(undefined)
  const value = standard.success && standard.data !== undefined && !isSecret(setting) ? String(standard.data) : ''
  return `${wrapped(setting.description ?? '')}\n# ${name}=${value}`
}

/** Comment lines of at most 100 characters. */
function wrapped(text: string): string {
  const lines: string[] = ['#']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line.length + word.length + 1 > 100) lines.push(`# ${word}`)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.join('\n')
}
