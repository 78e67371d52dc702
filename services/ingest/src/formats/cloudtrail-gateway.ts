import { chosenText } from '@straylight/schemas/within-bounds'
import type { FormatDraft } from '../record/event-draft.ts'
import { type FieldReader, isObject, type JsonObject, scalarText } from '../record/field-reader.ts'
import type { PassedOver } from './format.ts'
import { isMcpAction } from './table/mcp-format.ts'
import { momentOf } from './table/moment-of.ts'
import { valueAt } from './table/source.ts'
import { outcomeOfStatus, saysDenied } from './table/status-outcome.ts'

/** Whether a record is a data event of Bedrock AgentCore's gateway: a request of MCP, with what its contents held left out. */
export const isGatewayCall = ({ eventSource, eventName }: JsonObject): boolean =>
  typeof eventSource === 'string' &&
  eventSource.startsWith('bedrock-agentcore.') &&
  (eventName === 'InvokeGateway' || eventName === 'InvokeMcp')

/**
 * What a gateway's data event says more than others: the caller by its token's claims, where AWS calls it `anonymous`, the tool, and how
 * the call ended. What is no call and went well is passed over.
 */
export function gatewayCallOf(fields: FieldReader, record: JsonObject): Partial<FormatDraft> | PassedOver {
  const request = bodyOf(record.requestParameters)
  const answer = bodyOf(record.responseElements)
  const { method } = request
  const outcome = outcomeOf(record, answer)
  if (typeof method === 'string' && !isMcpAction(method) && outcome === 'success')
    return { passed_over: 'cloudtrail agentcore lifecycle' }
  const tool = method === 'tools/call' ? name(valueAt(request, ['params', 'name'])) : undefined
  const given = valueAt(request, ['params', 'arguments'])
  return {
    ...callerOf(fields, record),
    tool,
    action: tool ?? name(method) ?? 'InvokeGateway',
    system: systemOf(record, tool),
    resource: name(valueAt(request, ['params', 'uri'])) ?? name(valueAt(record.resources, ['0', 'ARN'])),
    argument_names: isObject(given)
      ? Object.keys(given)
          .slice(0, 64)
          .map((one) => chosenText(one, 512))
      : undefined,
    ...(outcome === undefined ? {} : { outcome }),
  }
}

const name = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? chosenText(value, 512) : undefined

function bodyOf(holder: unknown): JsonObject {
  const body = valueAt(holder, ['body'])
  return isObject(body) ? body : {}
}

/** Nothing, where AWS signed the request and so names the caller itself. */
function callerOf(fields: FieldReader, record: JsonObject): Partial<FormatDraft> {
  const claims = valueAt(record.additionalEventData, ['jwt', 'claims'])
  if (!isObject(claims)) return {}
  const names = [claims.sub, claims.client_id, claims.azp, claims.username].map(name).filter((one) => one !== undefined)
  const [agent] = names
  if (agent === undefined) return {}
  const id = name(claims.jti)
  const scopes = typeof claims.scope === 'string' ? claims.scope.split(/\s+/).filter((one) => one !== '') : undefined
  const at = 'additionalEventData.jwt.claims'
  return {
    agent,
    names,
    parent_agent: name(valueAt(claims.act, ['sub'])),
    session: name(claims.sid) ?? name(claims.origin_jti),
    privilege: undefined,
    credential:
      id === undefined
        ? undefined
        : {
            id,
            issued_at: fields.time(momentOf(claims.iat), `${at}.iat`),
            expires_at: fields.time(momentOf(claims.exp), `${at}.exp`),
            scopes: scopes?.slice(0, 64).map((one) => chosenText(one, 512)),
          },
  }
}

/** Tools are `target___tool`; else the gateway by its name. */
function systemOf(record: JsonObject, tool: string | undefined): string {
  const target = /^(.+?)___./.exec(tool ?? '')?.[1] ?? name(valueAt(record.additionalEventData, ['targetId']))
  const arn = name(valueAt(record.resources, ['0', 'ARN']))
  return target ?? arn?.slice(arn.lastIndexOf('/') + 1) ?? 'bedrock-agentcore'
}

function outcomeOf(record: JsonObject, answer: JsonObject): FormatDraft['outcome'] {
  const status = outcomeOfStatus(valueAt(record.responseElements, ['statusCode']))
  if (status === 'denied' || typeof record.errorCode === 'string') return status === 'denied' ? status : undefined
  const { error } = answer
  if (isObject(error)) return saysDenied(scalarText(error.message)) ? 'denied' : 'failure'
  return valueAt(answer, ['result', 'isError']) === true ? 'failure' : status
}
