import { TenantHistory } from '@straylight/schemas/knowledge'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { RenamedAgent } from '@straylight/schemas/renamed-agent'
import { Suppression } from '@straylight/schemas/suppression'
import { z } from 'zod'
import { type Ask, question } from './questions/ask.ts'

/** What the console needs to know of the latest knowledge version; the levels, by far the most of it, stay in the store. */
export interface KnowledgeView {
  readonly version: number
  readonly made_at: number
  readonly learnt_until: number
  readonly model: string
  readonly suppressions: readonly Suppression[]
  readonly tenants: readonly TenantHistory[]
  readonly learning_days: number
  readonly renames: readonly RenamedAgent[]
  /** Agents that count of each tenant: what the breakers' share is a share of. */
  readonly population: readonly { readonly tenant: string; readonly agents: number }[]
}

const latestVersion = question(
  'latest knowledge',
  `SELECT version, toUnixTimestamp64Milli(made_at) AS made, toUnixTimestamp64Milli(learnt_until) AS learnt,
  JSONExtractString(knowledge, 'model', 'name') AS model, JSONExtractRaw(knowledge, 'suppressions') AS suppressions,
  JSONExtractRaw(knowledge, 'tenants') AS tenants, JSONExtractRaw(knowledge, 'population') AS population,
  JSONExtractRaw(knowledge, 'renames') AS renames, JSONExtractFloat(knowledge, 'learning_days') AS learning_days
FROM knowledge WHERE version = (SELECT max(version) FROM knowledge) ORDER BY stored_at DESC LIMIT 1`,
  z.object({
    version: z.number(),
    made: z.number(),
    learnt: z.number(),
    model: z.string(),
    suppressions: z.string(),
    tenants: z.string(),
    population: z.string(),
    learning_days: z.number(),
    renames: z.string(),
  }),
)

/** The latest version that the store has a copy of; null before the first. */
export async function knowledgeView(ask: Ask): Promise<KnowledgeView | null> {
  const [row] = await ask(latestVersion, {})
  if (row === undefined) return null
  const { version, made, learnt, model, suppressions, tenants, learning_days } = row
  return {
    ...{ version, model, learning_days, made_at: made, learnt_until: learnt },
    suppressions: z.array(Suppression).catch([]).parse(parsedJson(suppressions)),
    population: z
      .array(z.object({ tenant: z.string(), agents: z.number() }))
      .catch([])
      .parse(parsedJson(row.population)),
    renames: z.array(RenamedAgent).catch([]).parse(parsedJson(row.renames)),
    tenants: z.array(TenantHistory).catch([]).parse(parsedJson(tenants)),
  }
}
