import { CredentialBinding, Tenant } from '@straylight/schemas/agent-event'
import { minuteMs } from '@straylight/schemas/duration'
import { parsedJson } from '@straylight/schemas/parsed-json'
import type { Headers } from '../formats/format.ts'
import type { Fault } from './event-draft.ts'

/** For whom a sender may speak, as the endpoint that let the record in wrote it on the record. */
export interface Sender {
  /** `null`: any tenant (a file, standard input, or a Kafka topic guarded by its own rights). */
  readonly tenant: string | null
  /** Names of the registry; `null`: every agent of the tenant. */
  readonly agents: ReadonlySet<string> | null
  /** Credentials that its events may name; `null`: any, and what they name is a claim. */
  readonly credentials: CredentialBinding | null
}

/** Header that binds a record to a tenant. */
export const tenantHeader = 'tenant'
/** Header that binds a record to agents: a JSON array of names. */
export const agentsHeader = 'agents'
/** Header that binds a record to credentials: a JSON object with `ids`, `prefixes` or both. */
export const credentialsHeader = 'credentials'
/** Header that says where a record came from: a file and line, or a token's name. */
export const originHeader = 'origin'
/** Header that names the format instead of telling it by looking. */
export const formatHeader = 'format'

/** Header of a record that its endpoint refused: the latest time that an event might have had there. */
export const timeMaxHeader = 'time-max'

/** How far a sender's clock may be ahead of ours. */
const aheadMsMax = 5 * minuteMs

/** The latest time that an event may have, by a clock: one rule for every way in. Old events are read at any time. */
export const latestTime = (clock: () => number): number => clock() + aheadMsMax

const unbound: Sender = { tenant: null, agents: null, credentials: null }
const nobody: ReadonlySet<string> = new Set()
const none: CredentialBinding = { ids: [] }

/**
 * Reads the binding. A header `agents` or `credentials` that cannot be read lets nobody speak and no credential be named; a
 * tenant that no tenant can be called is a fault of whoever may write the topic.
 */
export function senderOf(headers: Headers): Sender | Fault {
  const tenant = headers[tenantHeader]
  const agents = headers[agentsHeader]
  const credentials = headers[credentialsHeader]
  if (tenant === undefined && agents === undefined && credentials === undefined) return unbound
  if (tenant !== undefined && !isTenant(tenant))
    return { code: 'not_permitted', reason: 'tenant: the header of the record names none', path: 'tenant' }
  return {
    tenant: tenant ?? null,
    agents: agents === undefined ? null : agentsOf(agents),
    credentials: credentials === undefined ? null : credentialsOf(credentials),
  }
}

/** The latest time that an event of this record may have, as its endpoint said; no bound where it said none that can be read. */
export function timeMaxOf(headers: Headers): number {
  const said = headers[timeMaxHeader]
  return said !== undefined && /^\d{1,15}$/.test(said) ? Number(said) : Number.POSITIVE_INFINITY
}

/** Whether a binding covers a credential, by its id or by a prefix of it. */
export const coversCredential = ({ ids = [], prefixes = [] }: CredentialBinding, id: string): boolean =>
  ids.includes(id) || prefixes.some((prefix) => id.startsWith(prefix))

/** Headers repeat from record to record, and a list of a thousand names takes longer to read than its record. */
function remembered<Value>(read: (header: string) => Value): (header: string) => Value {
  const known = new Map<string, Value>()
  return (header) => {
    const before = known.get(header)
    if (before !== undefined) return before
    const value = read(header)
    if (known.size >= rememberedMax) known.clear()
    if (header.length <= rememberedUnitsMax) known.set(header, value)
    return value
  }
}
const rememberedMax = 256
/** Longer headers are read each time, so that what is kept has a bound: 16 MiB. */
const rememberedUnitsMax = 32 * 1024

const isTenant = remembered((header) => Tenant.safeParse(header).success)

const agentsOf = remembered((header): ReadonlySet<string> => {
  const names = parsedJson(header)
  return Array.isArray(names) ? new Set(names.filter((name) => typeof name === 'string')) : nobody
})

const credentialsOf = remembered((header): CredentialBinding => {
  const { success, data } = CredentialBinding.safeParse(parsedJson(header))
  return success ? data : none
})
