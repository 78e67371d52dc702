import { isObject, type JsonObject } from '../record/field-reader.ts'
import { type AwsSession, awsSessionOf } from './aws-session.ts'
import type { Format, PassedOver } from './format.ts'
import { admittedNetworks, grantedRole, grantedTo, ledTo, webhooks } from './kubernetes-grants.ts'
import { readByTable } from './table/read-by-table.ts'
import { isNothing, valueAt } from './table/source.ts'
import { outcomeOfStatus } from './table/status-outcome.ts'

const extra = (name: string) => (record: JsonObject) =>
  valueAt(record, ['user', 'extra', `authentication.kubernetes.io/${name}`, '0'])

const readEvent = readByTable({
  id: 'auditID',
  time: ['requestReceivedTimestamp', 'stageTimestamp', 'timestamp'],
  agent: [awsRole, 'user/username'],
  names: ['user/username', awsRoleSession, 'user/extra/canonicalArn/0', awsRoleArn, awsRole, accountOf, 'user/uid'],
  person: isPerson,
  session: [extra('pod-uid'), (record) => awsCaller(record)?.session],
  trace: 'auditID',
  credential_id: [extra('credential-id'), extra('issued-credential-id'), 'user/extra/accessKeyId/0'],
  privilege: [grantedRole, 'impersonatedUser/username', tokenFor],
  system: [(record) => record.cluster ?? record.clusterName, { constant: 'kubernetes' }],
  resource: resourceOf,
  action: actionOf,
  destinations: [grantedTo, webhooks, admittedNetworks, ledTo],
  records: (record) => lengthOf(valueAt(record, ['responseObject', 'items'])),
  outcome: outcomeOf,
  source_ip: 'sourceIPs/0',
  source_host: extra('pod-name'),
})

/** Kubernetes' audit events: each request once, when it is answered. */
export const kubernetesAudit: Format = {
  name: 'kubernetes-audit',
  title: 'Kubernetes: audit events of service accounts and other programs, with impersonation and grants',
  marks: ['auditID'],
  detect: (value) =>
    'auditID' in value && 'stage' in value && ('user' in value || 'verb' in value || 'requestURI' in value),
  read(value) {
    const passed = passedOver(value)
    return passed ?? readEvent(value)
  },
}

function passedOver(value: JsonObject): PassedOver | null {
  if (value.stage === 'RequestReceived' || value.stage === 'ResponseStarted')
    return { passed_over: 'kubernetes-audit earlier stage' }
  const user = valueAt(value, ['user', 'username'])
  const isComponent =
    typeof user === 'string' &&
    /^system:(?:node:|kube-|apiserver$|serviceaccount:kube-system:(?:[a-z-]+-controller|kube-)|cloud-controller|bootstrap)/.test(
      user,
    )
  return isComponent ? { passed_over: 'kubernetes-audit component of the cluster' } : null
}

/** The session of an AWS role that EKS let in, under its own ARN or under a name that the cluster gives the role. */
const awsCaller = (record: JsonObject): AwsSession | null =>
  awsSessionOf(valueAt(record, ['user', 'username'])) ?? awsSessionOf(valueAt(record, ['user', 'extra', 'arn', '0']))

/** The role where the name is a session's: each run has one of its own, and is the same agent. */
function awsRole(record: JsonObject): unknown {
  return awsSessionOf(valueAt(record, ['user', 'username']))?.role
}

function awsRoleSession(record: JsonObject): unknown {
  const caller = awsCaller(record)
  return caller === null ? undefined : `${caller.role}/${caller.session}`
}

function awsRoleArn(record: JsonObject): unknown {
  const caller = awsCaller(record)
  return caller === null ? undefined : `arn:aws:sts::${caller.account}:assumed-role/${caller.role}`
}

/**
 * Names that begin with `system:` are programs, or nobody; others are people whom a certificate or a directory names. Roles of AWS are
 * programs, but for those that people sign in to.
 */
function isPerson(record: JsonObject): boolean {
  const caller = awsCaller(record)
  if (caller !== null) return caller.role.startsWith('AWSReservedSSO_')
  const name = valueAt(record, ['user', 'username'])
  return (
    typeof name === 'string' &&
    !name.startsWith('system:') &&
    !/^(?:eks:|aks-|gke-|.*gserviceaccount\.com$|arn:)/.test(name)
  )
}

/** `namespace/name` of a service account, as people call it. */
function accountOf(record: JsonObject): unknown {
  const name = valueAt(record, ['user', 'username'])
  const parts = typeof name === 'string' ? /^system:serviceaccount:([^:]+):(.+)$/.exec(name) : null
  return parts === null ? undefined : `${parts[1]}/${parts[2]}`
}

/** The service account that a token was made for, which whoever asked may use from then on. */
function tokenFor(record: JsonObject): unknown {
  if (actionOf(record) !== 'create serviceaccounts/token') return undefined
  const [namespace, name] = [valueAt(record, ['objectRef', 'namespace']), valueAt(record, ['objectRef', 'name'])]
  return typeof name === 'string' && typeof namespace === 'string'
    ? `system:serviceaccount:${namespace}:${name}`
    : undefined
}

/** `create pods/exec`; outside of resources the verb and the path. */
function actionOf(record: JsonObject): unknown {
  const { verb } = record
  if (typeof verb !== 'string') return verb
  const resource = valueAt(record, ['objectRef', 'resource'])
  const inner = valueAt(record, ['objectRef', 'subresource'])
  if (typeof resource !== 'string') return verb
  return typeof inner === 'string' && inner !== '' ? `${verb} ${resource}/${inner}` : `${verb} ${resource}`
}

function resourceOf(record: JsonObject): unknown {
  const { objectRef: ref } = record
  if (!isObject(ref)) return typeof record.requestURI === 'string' ? record.requestURI.split('?')[0] : undefined
  return [ref.namespace, ref.resource, ref.name].filter((part) => typeof part === 'string' && part !== '').join('/')
}

const lengthOf = (items: unknown): number | undefined => (Array.isArray(items) ? items.length : undefined)

function outcomeOf(record: JsonObject): unknown {
  if (valueAt(record, ['annotations', 'authorization.k8s.io/decision']) === 'forbid') return 'denied'
  if (record.stage === 'Panic') return 'failure'
  const code = valueAt(record, ['responseStatus', 'code'])
  return isNothing(code) ? undefined : code === 101 ? 'success' : outcomeOfStatus(code)
}
