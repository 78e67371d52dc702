import type { Headers } from './formats/format.ts'

/** For whom a sender may speak, as the door that let the record in wrote it on the record. */
export interface Sender {
  /** `null`: any tenant (a file, standard input, or a Kafka topic guarded by its own rights). */
  readonly tenant: string | null
  /** Names of the registry; `null`: every agent of the tenant. */
  readonly agents: ReadonlySet<string> | null
}

/** Header that binds a record to a tenant. */
export const tenantHeader = 'tenant'
/** Header that binds a record to agents: a JSON array of names. */
export const agentsHeader = 'agents'
/** Header that says where a record came from: a file and line, or a token's name. */
export const originHeader = 'origin'
/** Header that names the format instead of telling it by looking. */
export const formatHeader = 'format'

/** Header of a record that its door refused: the latest time that an event might have had there. */
export const timeMaxHeader = 'time-max'

/** How far a sender's clock may be ahead of ours. */
export const aheadMsMax = 5 * 60_000

const unbound: Sender = { tenant: null, agents: null }
const nobody: ReadonlySet<string> = new Set()

/** Reads the binding; an `agents` header that cannot be read lets nobody speak. */
export function senderOf(headers: Headers): Sender {
  const tenant = headers[tenantHeader]
  const agents = headers[agentsHeader]
  if (tenant === undefined && agents === undefined) return unbound
  return { tenant: tenant ?? null, agents: agents === undefined ? null : agentsOf(agents) }
}

function agentsOf(header: string): ReadonlySet<string> {
  try {
    const names: unknown = JSON.parse(header)
    return Array.isArray(names) ? new Set(names.filter((name) => typeof name === 'string')) : nobody
  } catch {
    return nobody
  }
}
