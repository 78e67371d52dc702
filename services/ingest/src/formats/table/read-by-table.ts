import type { Credential } from '@straylight/schemas/agent-event'
import { layoutOf, type ObjectLayout } from '@straylight/schemas/object-layout'
import { withinBounds } from '@straylight/schemas/within-bounds'
import type { Fault, FormatDraft } from '../../record/event-draft.ts'
import { FieldReader, isObject, type JsonObject } from '../../record/field-reader.ts'
import type { FieldTable, TableField } from './field-table.ts'
import { isNoMoment, momentOf } from './moment-of.ts'
import { addressOf } from './network-address.ts'
import { type CompiledSource, compileSource, isNothing } from './source.ts'

/**
 * The reader of a format that is data. What the acting agent chose is brought into its bounds; what its system chose and is wrong
 * rejects the record, with the path in the record itself.
 */
export function readByTable(table: FieldTable): (record: JsonObject) => FormatDraft | Fault {
  const reader = new TableReader(table)
  return (record) => reader.read(record)
}

/** A field's source, made ready once: where to look, and what to call the place. */
class FieldSource {
  readonly path: string
  private readonly source: CompiledSource | null

  constructor(path: string, source: CompiledSource | null) {
    this.source = source
    this.path = path
  }

  among(names: ReadonlySet<string>): FieldSource {
    const left = this.source?.among(names) ?? null
    return left === this.source ? this : new FieldSource(this.path, left)
  }

  of(record: JsonObject): unknown {
    if (this.source === null) return undefined
    const value = this.source.read(record)
    return isNothing(value) ? undefined : value
  }

  /** Ids come as numbers, too. */
  textOf(record: JsonObject): unknown {
    return this.source === null ? undefined : textOf(this.of(record))
  }
}

const singleFields = [
  ...['id', 'time', 'tenant_hint', 'agent', 'person', 'owner', 'session', 'trace', 'parent_agent'],
  ...['credential_id', 'credential_issued_at', 'credential_expires_at', 'credential_scopes', 'privilege', 'tool'],
  ...['system', 'resource', 'action', 'argument_names', 'bytes_sent', 'bytes_received', 'records', 'outcome'],
  ...['signals', 'source_ip', 'source_host'],
] as const
type SingleField = Exclude<TableField, 'names' | 'destinations'>

/** What is asked of records of one layout. */
interface Plan {
  readonly sources: Readonly<Record<SingleField, FieldSource>>
  readonly names: readonly CompiledSource[] | null
  readonly destinations: readonly CompiledSource[] | null
}

function planOf(table: FieldTable): Plan {
  const sources = (singleFields as readonly SingleField[]).map((field) => {
    const source = table[field] === undefined ? null : compileSource(table[field])
    return [field, new FieldSource(source?.path ?? field, source)]
  })
  return {
    sources: Object.fromEntries(sources) as Record<SingleField, FieldSource>,
    names: table.names?.map(compileSource) ?? null,
    destinations: table.destinations?.map(compileSource) ?? null,
  }
}

/** The same without what records with these names cannot have. */
function planAmong({ sources, names, destinations }: Plan, top: ReadonlySet<string>): Plan {
  const left = Object.entries(sources).map(([field, source]) => [field, source.among(top)])
  const amongList = (list: readonly CompiledSource[] | null) =>
    list?.flatMap((source) => source.among(top) ?? []) ?? null
  return {
    sources: Object.fromEntries(left) as Record<SingleField, FieldSource>,
    names: amongList(names),
    destinations: amongList(destinations),
  }
}

/**
 * Plans kept for one table, some 3 KB each. Beyond that all are let go, and made again where they are needed. A layout has one from its
 * second record on: names that somebody makes up for one record cost no plan, and take no place.
 */
const plansMax = 500

class TableReader {
  private readonly whole: Plan
  private plans = new WeakMap<ObjectLayout, TablePlanReader>()
  private readonly seen = new WeakSet<ObjectLayout>()
  private planCount = 0
  private readonly reader: TablePlanReader

  constructor(table: FieldTable) {
    this.whole = planOf(table)
    this.reader = new TablePlanReader(this.whole)
  }

  read(record: JsonObject): FormatDraft | Fault {
    return this.readerOf(record).read(record)
  }

  private readerOf(record: JsonObject): TablePlanReader {
    const layout = layoutOf(record)
    if (layout === null) return this.reader
    const known = this.plans.get(layout)
    if (known !== undefined) return known
    if (!this.seen.has(layout)) {
      this.seen.add(layout)
      return this.reader
    }
    if (this.planCount === plansMax) {
      this.plans = new WeakMap()
      this.planCount = 0
    }
    const made = new TablePlanReader(planAmong(this.whole, new Set(layout.names)))
    this.plans.set(layout, made)
    this.planCount++
    return made
  }
}

class TablePlanReader {
  private readonly sources: Plan['sources']
  private readonly names: Plan['names']
  private readonly destinations: Plan['destinations']

  constructor({ sources, names, destinations }: Plan) {
    this.sources = sources
    this.names = names
    this.destinations = destinations
  }

  read(record: JsonObject): FormatDraft | Fault {
    const fields = new FieldReader()
    const of = this.sources
    const agent = fields.requiredName(of.agent.textOf(record), of.agent.path)
    const given = this.chosenBy(record)
    const chosen = withinBounds(given)
    // What was within its bounds needs no second look.
    const text = chosen === given ? knownText : checkedText
    const draft: FormatDraft = {
      id: fields.name(of.id.textOf(record), of.id.path),
      time: fields.requiredTime(momentOf(of.time.of(record)), of.time.path),
      tenant: undefined,
      tenant_hint: fields.tenant(of.tenant_hint.textOf(record), of.tenant_hint.path),
      agent,
      names: this.namesOf(record, agent),
      person: of.person.of(record) === true ? true : undefined,
      owner: fields.name(of.owner.textOf(record), of.owner.path),
      session: text(fields, chosen.session, of.session.path),
      trace: text(fields, chosen.trace, of.trace.path),
      parent_agent: fields.name(of.parent_agent.textOf(record), of.parent_agent.path),
      credential: this.credentialOf(fields, chosen.credential, record),
      privilege: text(fields, chosen.privilege, of.privilege.path),
      tool: text(fields, chosen.tool, of.tool.path),
      system: fields.requiredName(of.system.textOf(record), of.system.path),
      resource: fields.longText(chosen.resource, of.resource.path),
      action: fields.requiredName(chosen.action, of.action.path),
      destinations: fields.longTexts(chosen.destinations, 'destinations', 64),
      argument_names: fields.names(chosen.argument_names, of.argument_names.path),
      bytes_sent: fields.amount(amountOf(of.bytes_sent.of(record)), of.bytes_sent.path),
      bytes_received: fields.amount(amountOf(of.bytes_received.of(record)), of.bytes_received.path),
      records: fields.amount(amountOf(of.records.of(record)), of.records.path),
      outcome: fields.outcome(of.outcome.of(record), of.outcome.path),
      source: this.sourceOf(fields, record),
      argument_values: undefined,
      result_values: undefined,
      request_values: undefined,
      context_values: undefined,
      signals: readLevels(fields, of.signals.of(record), of.signals.path),
      dropped_fields: fields.names(chosen.dropped_fields, 'dropped_fields'),
    }
    return fields.fault ?? draft
  }

  /** What the acting agent chose, as the native form writes it. */
  private chosenBy(record: JsonObject): JsonObject {
    const of = this.sources
    const scopes = scopesOf(of.credential_scopes.of(record))
    return {
      session: of.session.textOf(record),
      trace: of.trace.textOf(record),
      privilege: of.privilege.textOf(record),
      tool: of.tool.textOf(record),
      resource: of.resource.textOf(record),
      action: of.action.textOf(record),
      destinations: this.destinationsOf(record),
      argument_names: argumentNames(of.argument_names.of(record)),
      credential: scopes === undefined ? undefined : { scopes },
    }
  }

  private credentialOf(fields: FieldReader, chosen: unknown, record: JsonObject): Credential | undefined {
    const of = this.sources
    const id = fields.name(of.credential_id.textOf(record), of.credential_id.path)
    if (id === undefined) return undefined
    const [issued, expires] = [of.credential_issued_at, of.credential_expires_at]
    return {
      id,
      issued_at: timeOf(fields, issued, record),
      expires_at: timeOf(fields, expires, record),
      scopes: isObject(chosen) ? fields.names(chosen.scopes, of.credential_scopes.path) : undefined,
    }
  }

  private sourceOf(fields: FieldReader, record: JsonObject): FormatDraft['source'] {
    const address = addressOf(this.sources.source_ip.of(record))
    const host = fields.name(this.sources.source_host.of(record), this.sources.source_host.path)
    if (address === undefined) return host === undefined ? undefined : { host }
    return host === undefined || 'host' in address ? address : { host, ip: address.ip }
  }

  /** Names that nobody could be registered by are left out: they only look somebody up. */
  private namesOf(record: JsonObject, agent: string): string[] | undefined {
    if (this.names === null) return undefined
    const names: string[] = []
    for (const source of this.names) {
      const value = source.read(record)
      const name = isNothing(value) ? undefined : textOf(value)
      if (typeof name === 'string' && name.length <= 512 && !names.includes(name)) names.push(name)
    }
    if (!names.includes(agent)) names.push(agent)
    return names
  }

  private destinationsOf(record: JsonObject): unknown[] | undefined {
    if (this.destinations === null) return undefined
    let found: unknown[] | undefined
    for (let at = 0; at < this.destinations.length; at++) {
      const value = this.destinations[at]?.read(record)
      if (isNothing(value)) continue
      if (found === undefined && !Array.isArray(value)) found = [textOf(value)]
      else found = withMore(found, value)
    }
    return found
  }
}

/** When a credential was given out or ends; nothing where it never does. */
function timeOf(fields: FieldReader, source: FieldSource, record: JsonObject): number | undefined {
  const value = source.of(record)
  return isNoMoment(value) ? undefined : fields.time(momentOf(value), source.path)
}

/** A field that the agent chose, of which it is known that it is a text within its bounds where it is anything. */
const knownText = (_fields: FieldReader, value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

const checkedText = (fields: FieldReader, value: unknown, path: string): string | undefined => fields.name(value, path)

/** Each value once, in the order in which they came; `undefined` where there is none. */
function withMore(found: readonly unknown[] | undefined, value: unknown): unknown[] | undefined {
  const all = new Set(found)
  if (Array.isArray(value)) for (const item of value) all.add(textOf(item))
  else all.add(textOf(value))
  return all.size === 0 ? undefined : [...all]
}

function readLevels(fields: FieldReader, value: unknown, path: string): Record<string, number> | undefined {
  if (value === undefined) return undefined
  return fields.named(value, path, (level, at) => levelOf(fields, level, at))
}

function levelOf(fields: FieldReader, value: unknown, path: string): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= 1
    ? value
    : fields.blame(path, 'must be a number from 0 to 1')
}

const textOf = (value: unknown): unknown =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : value

/** Proxies write numbers as text, and -1 for a length that they do not know. */
function amountOf(value: unknown): unknown {
  const amount = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value
  return amount === -1 ? undefined : amount
}

function scopesOf(value: unknown): unknown {
  return typeof value === 'string' ? value.split(/[\s,]+/).filter((scope) => scope !== '') : value
}

const argumentNames = (value: unknown): unknown => (isObject(value) ? Object.keys(value) : value)
