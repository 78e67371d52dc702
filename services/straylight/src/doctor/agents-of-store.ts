import type { Query, Store } from '@straylight/runtime/store/store'
import type { Registry } from '@straylight/schemas/agent'
import { aliasLine } from '@straylight/schemas/alias-line'
import { counted } from '@straylight/schemas/counted'
import { parsedJson } from '@straylight/schemas/parsed-json'
import { RenamedAgent } from '@straylight/schemas/renamed-agent'
import { visibleText } from '@straylight/schemas/visible-text'
import { RegisteredNames } from '@straylight/score/watchers/registered-names'
import { parse } from 'tldts'
import { z } from 'zod'
import type { Check } from '../commands/check.ts'

const StoredAgent = z.object({ tenant: z.string(), agent: z.string() })
const Destination = z.object({ place: z.string(), events: z.number() })

/** Agents of the last 30 days that ever stood in `events`, the busiest first. */
const storedAgents: Query<Record<string, never>, z.infer<typeof StoredAgent>> = {
  name: 'agents of the last days',
  sql: `
SELECT tenant, agent FROM events
WHERE time >= (SELECT max(time) FROM events) - 30 * 86400000
GROUP BY tenant, agent ORDER BY count() DESC, tenant, agent LIMIT 100000`,
  row: StoredAgent,
}

/** Where agents send, the most frequent first; of mail addresses the domain. */
const storedPlaces: Query<Record<string, never>, z.infer<typeof Destination>> = {
  name: 'most frequent destinations',
  sql: `
SELECT if(position(key, '@') > 0, substring(key, position(key, '@') + 1), key) AS place, count() AS events
FROM events ARRAY JOIN destination_keys AS key
GROUP BY place HAVING position(place, '.') > 0 AND position(place, '/') = 0 ORDER BY events DESC, place LIMIT 1000`,
  row: Destination,
}

/** What the latest version says of agents under new names; no row in a store without one. */
const storedRenames: Query<Record<string, never>, { renames: string }> = {
  name: 'renames of the latest version',
  sql: `SELECT JSONExtractRaw(knowledge, 'renames') AS renames FROM knowledge ORDER BY version DESC, stored_at DESC LIMIT 1`,
  row: z.object({ renames: z.string() }),
}

/** Agents named in a note; the rest is counted. */
const namedMax = 5

/** Agents seen that the registry does not name, entries of which nothing was ever seen, and the domain that is probably one's own. */
export async function checkStoredAgents(store: Store, registry: Registry): Promise<Omit<Check, 'name'>> {
  const [stored, places] = [await store.query(storedAgents, {}), await store.query(storedPlaces, {})]
  const keyOf = (of: { tenant: string; agent: string }) => JSON.stringify([of.tenant, of.agent])
  const [known, seen] = [new Set(registry.agents.map(keyOf)), new Set(stored.map(keyOf))]
  const strangers = stored.filter((agent) => !known.has(keyOf(agent)))
  const unseen = registry.agents.filter((agent) => !seen.has(keyOf(agent)))
  const domain = registry.internal === undefined ? likelyOwnDomain(places) : undefined
  const names = new RegisteredNames(registry.agents)
  const alike = strangers.filter(({ tenant, agent }) => names.lookalikeOf(tenant, agent) !== undefined)
  const [version] = await store.query(storedRenames, {})
  const renames = z
    .array(RenamedAgent)
    .catch([])
    .parse(parsedJson(version?.renames ?? ''))
  const renamed = renames.filter((of) => of.heard_again === undefined && !known.has(keyOf(of)))
  const notes = [
    ...renamed
      .slice(0, namedMax)
      .map((of) => visibleText(`${of.agent} looks like ${of.from} under a new name: if it is, write ${aliasLine(of)}`)),
    ...(alike.length === 0 ? [] : [`not in the registry, under a name that looks like one that is: ${named(alike)}`]),
    ...(strangers.length === 0 ? [] : [`seen and not in the registry: ${named(strangers)}`]),
    ...(unseen.length === 0 || stored.length === 0 ? [] : [`in the registry and never seen: ${named(unseen)}`]),
    ...(domain === undefined
      ? []
      : [`most often agents send to ${domain}: if it is yours, name it in internal.domains`]),
  ]
  const found = `${counted(stored.length, 'agent')} within 30 days`
  if (notes.length === 0) return { state: 'good', found }
  return {
    state: 'note',
    found: [found, ...notes].join('\n      '),
    mend: 'Correct tenant, agent and aliases in the registry: owner, tier and revocation hold for agents it finds.',
    details: {
      not_registered: strangers.slice(0, 100),
      never_seen: unseen.slice(0, 100).map(({ tenant, agent }) => ({ tenant, agent })),
    },
  }
}

function named(agents: readonly { tenant: string; agent: string }[]): string {
  const shown = agents.slice(0, namedMax).map(({ tenant, agent }) => visibleText(`${agent} (tenant ${tenant})`))
  const more = agents.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

/** The registrable domain that most destinations lie in: a proposal, for the busiest place may well be a customer's. */
function likelyOwnDomain(places: readonly z.infer<typeof Destination>[]): string | undefined {
  const domains = new Map<string, number>()
  for (const { place, events } of places) {
    const { domain } = parse(place)
    if (domain !== null) domains.set(domain, (domains.get(domain) ?? 0) + events)
  }
  const [first] = [...domains].sort(([, one], [, other]) => other - one)
  return first?.[0]
}
