import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

export const chart = fileURLToPath(new URL('../../deploy/helm/straylight', import.meta.url))
const run = promisify(execFile)

const Container = z.looseObject({
  name: z.string(),
  args: z.array(z.string()),
  // A literal each: no part takes a value from a Secret into its environment.
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  envFrom: z.never().optional(),
  securityContext: z.looseObject({}),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
  resources: z.looseObject({ requests: z.looseObject({}), limits: z.object({ memory: z.string() }) }),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).optional(),
})
export type Container = z.infer<typeof Container>

const Items = z.array(z.strictObject({ key: z.string(), path: z.string() }))
const Volume = z.looseObject({
  name: z.string(),
  secret: z.object({ secretName: z.string(), defaultMode: z.number().optional(), items: Items.optional() }).optional(),
  configMap: z.object({ name: z.string(), items: Items.optional() }).optional(),
})
const Pod = z.object({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
  spec: z.looseObject({
    securityContext: z.looseObject({ runAsNonRoot: z.boolean() }),
    automountServiceAccountToken: z.boolean(),
    terminationGracePeriodSeconds: z.number().optional(),
    initContainers: z.array(Container).optional(),
    containers: z.array(Container),
    volumes: z.array(Volume),
  }),
})
export type Pod = z.infer<typeof Pod>

export const Selector = z.object({ matchLabels: z.record(z.string(), z.string()) })
const Thing = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), annotations: z.record(z.string(), z.string()).optional() }),
  data: z.record(z.string(), z.string()).optional(),
  spec: z.record(z.string(), z.unknown()).optional(),
})
/** Something that the chart makes. */
export type Thing = z.infer<typeof Thing>

/** The values that have no default. */
export const asked = [
  'image.repository=registry.example/straylight',
  'kafka.brokers=kafka:9092',
  'clickhouse.url=http://clickhouse:8123',
  'existingSecret=straylight',
]

/** What a careful installation sets. */
export const everything = [
  'kafka.tlsSecret=kafka-tls',
  'kafka.mutualTls=true',
  'kafka.sasl.mechanism=scram-sha-512',
  'stages.respond.keysSecret=straylight-keys',
  'stages.respond.replicas=2',
  'podMonitor.enabled=true',
  'networkPolicy.monitoring=[{"namespaceSelector":{}}]',
  'networkPolicy.senders=[{"podSelector":{}}]',
  'networkPolicy.kafka.to=[{"ipBlock":{"cidr":"10.0.0.0/8"}}]',
]

/** What Helm makes of the chart with these values beside those that are asked for. */
export async function render(helm: string, ...set: string[]): Promise<Thing[]> {
  const args = ['template', 'acme', chart, ...flagsOf([...asked, ...set])]
  const { stdout } = await run(helm, args, { maxBuffer: 2 ** 24 })
  // Kubernetes reads YAML 1.1, where 0440 is octal.
  return parseAllDocuments(stdout, { version: '1.1' })
    .map((document) => document.toJS())
    .filter((value) => value !== null)
    .map((value) => Thing.parse(value))
}

/** Values as Helm's `--set-json` takes them: `a.b=text`; one that is JSON already stays. */
export function flagsOf(set: readonly string[]): string[] {
  return set.flatMap((pair) => {
    const at = pair.indexOf('=')
    const value = pair.slice(at + 1)
    const json = /^([\d[{"]|true$|false$)/.test(value)
    return ['--set-json', `${pair.slice(0, at)}=${json ? value : JSON.stringify(value)}`]
  })
}

export const podsOf = (things: readonly Thing[]) =>
  things
    .filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind))
    .map((thing) => ({ thing, pod: Pod.parse(thing.spec?.template) }))
export const containersOf = (things: readonly Thing[]): Container[] =>
  podsOf(things).flatMap(({ pod }) => [...(pod.spec.initContainers ?? []), ...pod.spec.containers])
