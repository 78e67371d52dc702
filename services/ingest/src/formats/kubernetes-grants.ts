import { everybody } from '@straylight/models/event/everybody'
import { isObject, type JsonObject } from '../record/field-reader.ts'
import { codeText, valueAt } from './table/source.ts'

const itemsMax = 200
const bindings = new Set<unknown>(['rolebindings', 'clusterrolebindings'])
const gives = new Set<unknown>(['create', 'update', 'patch'])
const adds = new Set<unknown>(['add', 'replace'])

const isGrant = (record: JsonObject): boolean =>
  gives.has(record.verb) && bindings.has(valueAt(record, ['objectRef', 'resource']))

/** A patch is no whole object everywhere: what the server answered is. */
const bound = (record: JsonObject, field: string): unknown =>
  valueAt(record, ['requestObject', field]) ?? valueAt(record, ['responseObject', field])

/** The role that a binding hands out. */
export function grantedRole(record: JsonObject): unknown {
  return isGrant(record) && givenSubjects(record).length > 0 ? valueAt(bound(record, 'roleRef'), ['name']) : undefined
}

/** Whom a binding lets in: service accounts by their whole name, `system:anonymous` and `system:unauthenticated` as they are. */
export function grantedTo(record: JsonObject): unknown {
  if (!isGrant(record)) return undefined
  const namespace = valueAt(record, ['objectRef', 'namespace'])
  const found = givenSubjects(record)
    .slice(0, itemsMax)
    .flatMap((subject) => subjectName(subject, namespace) ?? [])
  return found.length === 0 ? undefined : found
}

/** The subjects of a binding; of a JSON patch those that it adds: what it takes away gives nothing. */
function givenSubjects(record: JsonObject): readonly unknown[] {
  const asked = record.requestObject
  if (!Array.isArray(asked)) {
    const subjects = bound(record, 'subjects')
    return Array.isArray(subjects) ? subjects : []
  }
  return asked.slice(0, itemsMax).flatMap((change: unknown) => {
    if (!isObject(change) || !adds.has(change.op) || !/^\/subjects(?:\/|$)/.test(codeText(change.path))) return []
    if (typeof change.value === 'string') return [{ kind: 'User', name: change.value }]
    return Array.isArray(change.value) ? change.value : [change.value]
  })
}

/** A subject of a binding by its whole name. */
function subjectName(subject: unknown, namespace: unknown): string | undefined {
  if (!isObject(subject) || typeof subject.name !== 'string') return undefined
  if (subject.kind !== 'ServiceAccount') return subject.name
  return `system:serviceaccount:${codeText(subject.namespace ?? namespace)}:${subject.name}`
}

/** Where a webhook sends what goes on in the cluster. */
export function webhooks(record: JsonObject): unknown {
  const resource = valueAt(record, ['objectRef', 'resource'])
  if (!gives.has(record.verb) || typeof resource !== 'string' || !/webhookconfigurations$/.test(resource))
    return undefined
  const urls = itemsOf(bound(record, 'webhooks')).map((hook) => valueAt(hook, ['clientConfig', 'url']))
  return textsOf(urls)
}

/** Networks that a policy or a load balancer lets in; everybody where they name none. */
export function admittedNetworks(record: JsonObject): unknown {
  if (!gives.has(record.verb) || valueAt(record, ['objectRef', 'subresource'])) return undefined
  const resource = valueAt(record, ['objectRef', 'resource'])
  if (resource === 'services') return balanced(record)
  if (resource !== 'networkpolicies') return undefined
  const rules = itemsOf(valueAt(bound(record, 'spec'), ['ingress'])).map((rule) => itemsOf(valueAt(rule, ['from'])))
  const networks = rules.flat().map((peer) => valueAt(peer, ['ipBlock', 'cidr']))
  return textsOf(rules.some((from) => from.length === 0) ? [everybody, ...networks] : networks)
}

/** Whom a load balancer lets in: its networks, or everybody. One that was there before the call and stays as it is lets in nobody new. */
function balanced(record: JsonObject): unknown {
  const service = (name: string): unknown => valueAt(record, ['responseObject', name]) ?? bound(record, name)
  const spec = service('spec')
  const networks = textsOf(itemsOf(valueAt(spec, ['loadBalancerSourceRanges'])))
  if (valueAt(spec, ['type']) !== 'LoadBalancer' || !changesBalancer(record)) return networks
  return networks ?? (isInternal(valueAt(service('metadata'), ['annotations'])) ? undefined : everybody)
}

function changesBalancer({ verb, requestObject: asked, responseObject: answered }: JsonObject): boolean {
  if (verb === 'create') return true
  if (verb === 'update') return itemsOf(valueAt(answered ?? asked, ['status', 'loadBalancer', 'ingress'])).length === 0
  const names = Array.isArray(asked)
    ? asked.slice(0, itemsMax).map((change: unknown) =>
        codeText(valueAt(change, ['path']))
          .split('/')
          .slice(1, 3),
      )
    : Object.keys(isObject(valueAt(asked, ['spec'])) ? (valueAt(asked, ['spec']) as JsonObject) : {}).map(specOf)
  return names.some(([top, name]) => top === 'spec' && (name === 'type' || name === 'loadBalancerSourceRanges'))
}

const specOf = (name: string): readonly string[] => ['spec', name]

/**
 * What keeps a load balancer inside its network, by cloud: `…-internal: "true"` (anything but `false`, the old `0.0.0.0/0` too),
 * `…-load-balancer-type: Internal`, `…-scheme: internal`, `…-ip-type: private`.
 */
function isInternal(annotations: unknown): boolean {
  if (!isObject(annotations)) return false
  return Object.entries(annotations).some(([name, given]) => {
    if (!/load-?balancer/i.test(name)) return false
    const value = codeText(given)
    return /internal/i.test(name) ? !/^(?:false)?$/i.test(value) : /^(?:internal|private|intranet)$/i.test(value)
  })
}

/** Where a service leads that is only another's name. */
export function ledTo(record: JsonObject): unknown {
  if (!gives.has(record.verb) || valueAt(record, ['objectRef', 'resource']) !== 'services') return undefined
  const spec = bound(record, 'spec')
  return valueAt(spec, ['type']) === 'ExternalName' ? valueAt(spec, ['externalName']) : undefined
}

const itemsOf = (list: unknown): readonly unknown[] => (Array.isArray(list) ? list.slice(0, itemsMax) : [])

function textsOf(values: readonly unknown[]): readonly string[] | undefined {
  const texts = values.filter((value) => typeof value === 'string' && value !== '') as string[]
  return texts.length === 0 ? undefined : texts
}
