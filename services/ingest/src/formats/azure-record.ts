import { isObject, type JsonObject } from '../record/field-reader.ts'
import { singleJson } from '../record/inner-json.ts'
import { codeText, valueAt } from './table/source.ts'

/**
 * A record of Azure's activity or resource log in one spelling, whether it came as a diagnostic record (Event Hub, storage), from the REST
 * API, or as a row of Log Analytics (names with a capital, objects as text).
 */
export function azureRecord(value: JsonObject): JsonObject {
  const identity = objectOf(value.identity) ?? objectOf(value.Identity)
  const signature = codeText(value.resultSignature ?? value.ResultSignature)
  const properties = objectOf(value.properties ?? value.Properties_d ?? value.Properties)
  return {
    eventDataId: value.eventDataId ?? value.EventDataId,
    time: value.time ?? value.eventTimestamp ?? value.TimeGenerated,
    tenantId: value.tenantId ?? value.TenantId,
    correlationId: value.correlationId ?? value.CorrelationId,
    resourceId: lowered(value.resourceId ?? value.ResourceId ?? value._ResourceId),
    operationName: lowered(named(value.operationName ?? value.OperationNameValue ?? value.OperationName)),
    resultType:
      named(value.resultType ?? value.status ?? value.ActivityStatusValue ?? value.ResultType) ?? statusText(value),
    resultSignature: signature,
    resultDescription: value.resultDescription ?? value.statusText ?? value.ResultDescription,
    status: value.statusCode ?? value.StatusCode ?? httpStatus(signature),
    caller: value.caller ?? value.Caller,
    ipAddress: address(value),
    authorization: objectOf(
      identity?.authorization ?? value.authorization ?? value.Authorization_d ?? value.Authorization,
    ),
    claims: objectOf(identity?.claims ?? identity?.claim ?? value.claims ?? value.Claims_d ?? value.Claims),
    requester: objectOf(identity?.requester) ?? requesterOf(value),
    properties,
    request: requestOf(properties),
    requestBodySize: value.RequestBodySize,
    responseBodySize: value.ResponseBodySize,
  }
}

/** Event Hubs get paths in capitals, the API in small letters: they mean the same. */
const lowered = (path: unknown): unknown => (typeof path === 'string' && path.includes('/') ? path.toLowerCase() : path)

/** An object, or JSON text of one. */
function objectOf(value: unknown): JsonObject | undefined {
  const opened = typeof value === 'string' ? singleJson(value) : value
  return isObject(opened) ? opened : undefined
}

/** What a call asked for, where the log keeps it: the settings of its body, which is JSON text within JSON. */
function requestOf(properties: JsonObject | undefined): JsonObject | undefined {
  const body = objectOf(properties?.requestbody ?? properties?.requestBody)
  const settings = body?.properties ?? body?.Properties
  return isObject(settings) ? settings : body
}

/** The REST API gives names as `{"value": …, "localizedValue": …}`. */
const named = (value: unknown): unknown => (isObject(value) ? value.value : value) ?? undefined

const statusText = (value: JsonObject): unknown => value.statusText ?? value.StatusText ?? undefined

/** Resource logs write the status of HTTP as a number in text. */
const httpStatus = (signature: string): unknown => (/^\d{3}$/.test(signature) ? signature : undefined)

const address = (value: JsonObject): unknown =>
  value.callerIpAddress ??
  value.callerIPAddress ??
  value.CallerIpAddress ??
  valueAt(value.httpRequest, ['clientIpAddress']) ??
  valueAt(value.claims, ['ipaddr'])

/** Log Analytics spreads the requester over columns. */
function requesterOf({ RequesterAppId, RequesterObjectId, RequesterUpn }: JsonObject): JsonObject | undefined {
  const found = { appId: RequesterAppId, objectId: RequesterObjectId, upn: RequesterUpn }
  return Object.values(found).some((one) => one !== undefined) ? found : undefined
}
