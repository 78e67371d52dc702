import type { Credential } from '@straylight/schemas/agent-event'
import { withinBounds } from '@straylight/schemas/within-bounds'
import type { Fault, FormatDraft } from '../../record/event-draft.ts'
import { FieldReader, isObject, type JsonObject } from '../../record/field-reader.ts'
import type { FieldTable, TableField } from './field-table.ts'
import { momentOf } from './moment-of.ts'
import { addressOf } from './network-address.ts'
import { type CompiledSource, compileSource, isNothing, type Source } from './source.ts'

/** Fields whose source is a list of sources that all count. */
type ListField = 'names' | 'destinations'
const listFields: ReadonlySet<string> = new Set<ListField>(['names', 'destinations'])

/**
 * The reader of a format that is data. What the acting agent chose is brought into its bounds; what its system chose and is wrong
 * rejects the record, with the path in the record itself.
 */
export function readByTable(table: FieldTable): (record: JsonObject) => FormatDraft | Fault {
  const compiled = new Map<string, CompiledSource>()
  const lists = new Map<string, readonly CompiledSource[]>()
  for (const [field, source] of Object.entries(table) as [TableField, Source | readonly Source[]][])
    if (listFields.has(field)) lists.set(field, (source as readonly Source[]).map(compileSource))
    else compiled.set(field, compileSource(source))
  const reader = new TableReader(compiled, lists)
  return (record) => reader.read(record)
}

class TableReader {
  private readonly sources: ReadonlyMap<string, CompiledSource>
  private readonly lists: ReadonlyMap<string, readonly CompiledSource[]>

  constructor(sources: ReadonlyMap<string, CompiledSource>, lists: ReadonlyMap<string, readonly CompiledSource[]>) {
    this.sources = sources
    this.lists = lists
  }

  read(record: JsonObject): FormatDraft | Fault {
    const fields = new FieldReader()
    const get = (field: TableField): unknown => {
      const source = this.sources.get(field)
      return source === undefined ? undefined : plain(source.read(record))
    }
    const name = (field: TableField) => fields.name(get(field), this.pathOf(field))
    const agent = fields.requiredName(textOf(get('agent')), this.pathOf('agent'))
    const chosen = withinBounds(this.chosenBy(record, get))
    const draft: FormatDraft = {
      id: fields.name(textOf(get('id')), this.pathOf('id')),
      time: fields.requiredTime(momentOf(get('time')), this.pathOf('time')),
      tenant_hint: fields.tenant(textOf(get('tenant_hint')), this.pathOf('tenant_hint')),
      agent,
      names: this.namesOf(record, agent),
      person: get('person') === true ? true : undefined,
      owner: fields.name(textOf(get('owner')), this.pathOf('owner')),
      session: fields.name(chosen.session, this.pathOf('session')),
      trace: fields.name(chosen.trace, this.pathOf('trace')),
      parent_agent: fields.name(textOf(get('parent_agent')), this.pathOf('parent_agent')),
      credential: this.credentialOf(fields, chosen.credential, get),
      privilege: fields.name(chosen.privilege, this.pathOf('privilege')),
      tool: fields.name(chosen.tool, this.pathOf('tool')),
      system: fields.requiredName(textOf(get('system')), this.pathOf('system')),
      resource: fields.longText(chosen.resource, this.pathOf('resource')),
      action: fields.requiredName(chosen.action, this.pathOf('action')),
      destinations: fields.list(chosen.destinations, 'destinations', 64, (item, at) => fields.longText(item, at)),
      argument_names: fields.names(chosen.argument_names, this.pathOf('argument_names')),
      bytes_sent: fields.amount(amountOf(get('bytes_sent')), this.pathOf('bytes_sent')),
      bytes_received: fields.amount(amountOf(get('bytes_received')), this.pathOf('bytes_received')),
      records: fields.amount(amountOf(get('records')), this.pathOf('records')),
      outcome: fields.outcome(get('outcome'), this.pathOf('outcome')),
      source: sourceOf(addressOf(get('source_ip')), name('source_host')),
      signals: fields.named(get('signals'), this.pathOf('signals'), (level, at) => levelOf(fields, level, at)),
      dropped_fields: fields.names(chosen.dropped_fields, 'dropped_fields'),
    }
    return fields.fault ?? draft
  }

  private pathOf(field: TableField): string {
    return this.sources.get(field)?.path ?? field
  }

  /** What the acting agent chose, as the native form writes it. */
  private chosenBy(record: JsonObject, get: (field: TableField) => unknown): JsonObject {
    const scopes = scopesOf(get('credential_scopes'))
    return {
      session: textOf(get('session')),
      trace: textOf(get('trace')),
      privilege: textOf(get('privilege')),
      tool: textOf(get('tool')),
      resource: textOf(get('resource')),
      action: textOf(get('action')),
      destinations: this.destinationsOf(record),
      argument_names: argumentNames(get('argument_names')),
      credential: scopes === undefined ? undefined : { scopes },
    }
  }

  private credentialOf(
    fields: FieldReader,
    chosen: unknown,
    get: (field: TableField) => unknown,
  ): Credential | undefined {
    const id = fields.name(textOf(get('credential_id')), this.pathOf('credential_id'))
    if (id === undefined) return undefined
    return {
      id,
      issued_at: fields.time(momentOf(get('credential_issued_at')), this.pathOf('credential_issued_at')),
      expires_at: fields.time(momentOf(get('credential_expires_at')), this.pathOf('credential_expires_at')),
      scopes: isObject(chosen) ? fields.names(chosen.scopes, this.pathOf('credential_scopes')) : undefined,
    }
  }

  /** Names that nobody could be registered by are left out: they only look somebody up. */
  private namesOf(record: JsonObject, agent: string): string[] | undefined {
    const sources = this.lists.get('names')
    if (sources === undefined) return undefined
    const names = new Set<string>()
    for (const { read } of sources) {
      const name = textOf(plain(read(record)))
      if (typeof name === 'string' && name.length <= 512) names.add(name)
    }
    return [...names.add(agent)]
  }

  private destinationsOf(record: JsonObject): unknown[] | undefined {
    const sources = this.lists.get('destinations')
    if (sources === undefined) return undefined
    const found = new Set<unknown>()
    for (const { read } of sources) {
      const value = plain(read(record))
      if (value === undefined) continue
      if (Array.isArray(value)) for (const item of value) found.add(textOf(item))
      else found.add(textOf(value))
    }
    return found.size === 0 ? undefined : [...found]
  }
}

function levelOf(fields: FieldReader, value: unknown, path: string): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= 1
    ? value
    : fields.blame(path, 'must be a number from 0 to 1')
}

const plain = (value: unknown): unknown => (isNothing(value) ? undefined : value)

/** Ids come as numbers, too. */
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

function sourceOf(address: ReturnType<typeof addressOf>, host: string | undefined): FormatDraft['source'] {
  if (address === undefined && host === undefined) return undefined
  return { ...(host === undefined ? {} : { host }), ...address }
}
