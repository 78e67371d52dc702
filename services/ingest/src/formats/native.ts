import type { Credential } from '@straylight/schemas/agent-event'
import { withinBounds } from '@straylight/schemas/within-bounds'
import type { Fault, FormatDraft } from '../record/event-draft.ts'
import { FieldReader, isLonger, type JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'

const required = ['time', 'agent', 'system', 'action']

/** Whether a value has all that an event in the native form must have. */
export const isWholeNative = (value: JsonObject): boolean =>
  'agent' in value && 'system' in value && 'action' in value && 'time' in value

/** Plain JSON objects as `schemas/src/native-event.ts` defines them, one a line or in arrays. */
export const native: Format = {
  name: 'native',
  title: "Straylight's own form: one JSON object for each action",
  marks: required,
  // Two of the four that it must have: less is some other JSON, and more would call a forgotten field a wrong format.
  detect: (value) => required.filter((name) => name in value).length >= 2,
  read: readNative,
}

/** Reads the native form; the caller may have filled in what a CloudEvents envelope says. */
export function readNative(given: JsonObject): FormatDraft | Fault {
  const value = withinBounds(given)
  const fields = new FieldReader()
  // Every format names all fields of a draft in this order: one shape for all is read several times faster.
  const draft: FormatDraft = {
    id: fields.name(value.id, 'id'),
    time: fields.requiredTime(value.time, 'time'),
    tenant: fields.tenant(value.tenant, 'tenant'),
    tenant_hint: undefined,
    agent: fields.requiredName(value.agent, 'agent'),
    names: undefined,
    person: undefined,
    owner: fields.name(value.owner, 'owner'),
    session: fields.name(value.session, 'session'),
    trace: fields.name(value.trace, 'trace'),
    parent_agent: fields.name(value.parent_agent, 'parent_agent'),
    credential: readCredential(fields, value.credential),
    privilege: fields.name(value.privilege, 'privilege'),
    tool: fields.name(value.tool, 'tool'),
    system: fields.requiredName(value.system, 'system'),
    resource: fields.longText(value.resource, 'resource'),
    action: fields.requiredName(value.action, 'action'),
    destinations: fields.longTexts(value.destinations, 'destinations', 64),
    argument_names: fields.names(value.argument_names, 'argument_names'),
    bytes_sent: fields.amount(value.bytes_sent, 'bytes_sent'),
    bytes_received: fields.amount(value.bytes_received, 'bytes_received'),
    records: fields.amount(value.records, 'records'),
    outcome: fields.outcome(value.outcome, 'outcome'),
    source: readSource(fields, value.source),
    argument_values: readValues(fields, value.argument_values),
    result_values: hashes(fields, value.result_values, 'result_values', 256),
    request_values: hashes(fields, value.request_values, 'request_values', 256),
    context_values: hashes(fields, value.context_values, 'context_values', 256),
    signals: readSignals(fields, value.signals),
    dropped_fields: fields.names(value.dropped_fields, 'dropped_fields'),
  }
  return fields.fault ?? draft
}

function readCredential(fields: FieldReader, value: unknown): Credential | undefined {
  const given = fields.object(value, 'credential')
  if (given === undefined) return undefined
  return {
    id: fields.requiredName(given.id, 'credential.id'),
    issued_at: fields.time(given.issued_at, 'credential.issued_at'),
    expires_at: fields.time(given.expires_at, 'credential.expires_at'),
    scopes: fields.names(given.scopes, 'credential.scopes'),
  }
}

function readSource(fields: FieldReader, value: unknown): FormatDraft['source'] {
  const given = fields.object(value, 'source')
  if (given === undefined) return undefined
  return { ip: fields.name(given.ip, 'source.ip'), host: fields.name(given.host, 'source.host') }
}

// What is not there makes no closure.
function readValues(fields: FieldReader, value: unknown): FormatDraft['argument_values'] {
  if (value === undefined || value === null) return undefined
  return fields.named(value, 'argument_values', (item, at) => hashes(fields, item, at, 64))
}

function readSignals(fields: FieldReader, value: unknown): FormatDraft['signals'] {
  if (value === undefined || value === null) return undefined
  return fields.named(value, 'signals', (item, at) => share(fields, item, at))
}

function hashes(fields: FieldReader, value: unknown, path: string, max: number): string[] | undefined {
  if (value === undefined || value === null) return undefined
  return fields.list(value, path, max, (item, at) => {
    const hash = fields.name(item, at, 80)
    return hash !== undefined && !isLonger(hash, 2) ? fields.blame(at, 'must be kind:hash') : hash
  })
}

function share(fields: FieldReader, value: unknown, path: string): number | undefined {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value + 0
  return fields.blame(path, 'must be a number from 0 to 1')
}
