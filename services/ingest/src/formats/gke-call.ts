import type { JsonObject } from '../record/field-reader.ts'
import { codeText, valueAt } from './table/source.ts'

const method = /^io\.k8s\.(?:[\w-]+\.)*v\d\w*\.([a-z]+)\.(?:([a-z]+)\.)?([a-z]+)$/

/** A call of a cluster that Google Cloud's log tells of, as Kubernetes' own audit event; `null`: no such call. */
export function gkeCall({ protoPayload: payload }: JsonObject): JsonObject | null {
  const [, resource, subresource, verb] = method.exec(codeText(valueAt(payload, ['methodName']))) ?? []
  if (verb === undefined) return null
  const namespace = /\/namespaces\/([^/]+)\//.exec(codeText(valueAt(payload, ['resourceName'])))?.[1]
  return {
    verb,
    objectRef: { resource, subresource, namespace },
    requestObject: valueAt(payload, ['request']),
    responseObject: valueAt(payload, ['response']),
  }
}
