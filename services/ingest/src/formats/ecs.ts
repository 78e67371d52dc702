import { isObject, type JsonObject, scalarText } from '../record/field-reader.ts'
import type { Format, Framing } from './format.ts'
import { dotted } from './table/dotted.ts'
import { readByTable } from './table/read-by-table.ts'
import { compileSource, isNothing, type Source, valueAt } from './table/source.ts'
import { saysDenied, statusOutcome, worstOf } from './table/status-outcome.ts'

const original = compileSource(dotted('event.original'))
const action: Source = [dotted('gen_ai.tool.name'), dotted('event.action')]
const readAction = compileSource(action)
const readKind = compileSource(dotted('event.kind'))
const readOutcome = compileSource(dotted('event.outcome'))
/** Kinds of events that tell what a system measured or thinks, and of no action. */
const noActions: ReadonlySet<string> = new Set(['alert', 'metric', 'state', 'signal', 'pipeline_error', 'asset'])
const compiledRoles = compileSource(dotted('user.roles'))
const reasons = [dotted('event.reason'), dotted('error.message'), dotted('error.type')].map(compileSource)
const isAgents = compileSource([dotted('gen_ai.agent.id'), dotted('gen_ai.agent.name'), dotted('gen_ai.tool.name')])
const userName = compileSource([dotted('user.email'), dotted('user.name')])

const readEvent = readByTable({
  id: [dotted('event.id'), '_id'],
  time: '@timestamp',
  tenant_hint: [dotted('organization.id'), dotted('cloud.account.id')],
  agent: [
    ...[dotted('gen_ai.agent.id'), dotted('gen_ai.agent.name'), dotted('user.id'), dotted('user.name')],
    ...[dotted('user.email'), dotted('service.name'), dotted('process.name')],
  ],
  names: [
    ...[dotted('gen_ai.agent.id'), dotted('gen_ai.agent.name'), dotted('user.id'), dotted('user.name')],
    ...[dotted('user.email'), dotted('service.name')],
  ],
  person: isPerson,
  session: [dotted('gen_ai.conversation.id'), dotted('session.id'), dotted('transaction.id'), dotted('trace.id')],
  trace: [dotted('trace.id'), dotted('transaction.id')],
  privilege: [(record) => firstOf(compiledRoles.read(record)), dotted('user.effective.name')],
  tool: dotted('gen_ai.tool.name'),
  system: [
    ...[dotted('service.target.name'), dotted('destination.domain'), dotted('url.domain'), dotted('event.provider')],
    ...[dotted('cloud.service.name'), dotted('event.dataset'), dotted('service.name'), dotted('event.module')],
  ],
  resource: [
    ...[dotted('url.full'), dotted('url.original'), dotted('file.path'), dotted('entity.id')],
    ...[dotted('resource.id'), dotted('user.target.name'), dotted('group.name')],
  ],
  action,
  destinations: [dotted('destination.domain'), destinationAddress, dotted('email.to.address')],
  argument_names: [argumentsOf],
  bytes_sent: [dotted('http.request.bytes'), dotted('source.bytes')],
  bytes_received: [dotted('http.response.bytes'), dotted('destination.bytes')],
  outcome: worstOf(
    { at: dotted('event.outcome'), values: { success: 'success', failure: 'failure' } },
    statusOutcome(dotted('http.response.status_code')),
    { at: dotted('event.type'), values: { denied: 'denied' } },
    refused,
  ),
  source_ip: [dotted('source.ip'), dotted('client.ip'), dotted('source.address')],
  source_host: [dotted('host.name'), dotted('host.hostname')],
})

/** Elastic Common Schema, with or without its `gen_ai` fields, its names nested or with dots. */
export const ecs: Format = {
  name: 'ecs',
  title: 'Elastic Common Schema (ECS): events with an action, with `gen_ai` fields or without',
  marks: ['ecs', 'ecs.version', 'event', 'event.action', 'gen_ai', 'gen_ai.agent.id', 'gen_ai.tool.name'],
  detect: (value) =>
    '@timestamp' in value &&
    !isNothing(readAction.read(value)) &&
    (isEcs(value) || !isNothing(isAgents.read(value))) &&
    !holdsRecord(value),
  read(value) {
    const kind = scalarText(readKind.read(value))
    return noActions.has(kind) ? { passed_over: `ecs ${kind}` } : readEvent(value)
  },
  framings: [originalFraming()],
}

const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value)

/** A failure whose reason says that a right was missing. */
function refused(record: JsonObject): unknown {
  if (readOutcome.read(record) !== 'failure') return undefined
  return reasons.some(({ read }) => saysDenied(scalarText(read(record)))) ? 'denied' : undefined
}

const isEcs = (value: JsonObject): boolean => 'ecs' in value || 'ecs.version' in value

/** Beats and Elastic's integrations keep the record that they were given: that one says more. */
function holdsRecord(value: JsonObject): boolean {
  const text = original.read(value)
  return typeof text === 'string' && /^\s*\{/.test(text)
}

function originalFraming(): Framing {
  return {
    name: 'ecs event.original',
    marks: ['ecs', 'ecs.version', 'event', 'event.original'],
    open(value) {
      if (!('@timestamp' in value) || !holdsRecord(value)) return null
      const itself = {
        ...value,
        'event.original': null,
        ...(isObject(value.event) ? { event: { ...value.event, original: null } } : {}),
      }
      return [{ text: scalarText(original.read(value)), optional: itself }]
    },
  }
}

/** A user with an address or a full name is a person, unless the event says that an agent acted. */
function isPerson(record: JsonObject): boolean {
  if (!isNothing(isAgents.read(record))) return false
  const name = userName.read(record)
  return typeof name === 'string' && /@/.test(name) && !/gserviceaccount\.com$/.test(name)
}

const domain = compileSource(dotted('destination.domain'))
const address = compileSource([dotted('destination.ip'), dotted('destination.address')])
const port = compileSource(dotted('destination.port'))

function destinationAddress(record: JsonObject): unknown {
  if (!isNothing(domain.read(record))) return undefined
  const found = address.read(record)
  const at = port.read(record)
  if (typeof found !== 'string' || found === '' || isNothing(at)) return found
  return found.includes(':') ? `[${found}]:${scalarText(at)}` : `${found}:${scalarText(at)}`
}

const given = compileSource([dotted('gen_ai.tool.call.arguments')])
function argumentsOf(record: JsonObject): unknown {
  const value = given.read(record) ?? valueAt(record, ['gen_ai', 'tool', 'call', 'arguments'])
  return isObject(value) ? value : undefined
}
