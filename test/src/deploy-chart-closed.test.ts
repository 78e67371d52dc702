import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stageNames } from 'straylight/deployment/stage-names'
import { z } from 'zod'
import { goTool } from '../test-support/go-tool.ts'
import { containersOf, everything, type Pod, podsOf, render, type Thing } from '../test-support/helm-chart.ts'

// Promise 18 on Kubernetes: nobody comes in or goes out whom no value names, and each stage has its own secrets alone.

const Peer = z.strictObject({
  podSelector: z.unknown().optional(),
  namespaceSelector: z.unknown().optional(),
  ipBlock: z.strictObject({ cidr: z.string(), except: z.array(z.string()).optional() }).optional(),
})
const Ports = z.array(z.strictObject({ port: z.union([z.number(), z.string()]), protocol: z.string() })).min(1)
/** Without peers a rule would let everybody through, so each must name some. */
const Policy = z.strictObject({
  podSelector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
  policyTypes: z.tuple([z.literal('Ingress'), z.literal('Egress')]),
  ingress: z.array(z.strictObject({ from: z.array(Peer).min(1), ports: Ports })).optional(),
  egress: z.array(z.strictObject({ to: z.array(Peer).min(1), ports: Ports })).optional(),
})
type Policy = z.infer<typeof Policy>

/** Ranges where nothing public is: private, shared, local, for tests of networks, to many. */
const inside = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3'],
]
const parts = [...stageNames, 'prepare']

function policiesOf(things: readonly Thing[]): Map<string, Policy> {
  return new Map(
    things
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .map(({ metadata, spec }) => [metadata.name.replace('acme-straylight-', ''), Policy.parse(spec)]),
  )
}

/** Ports that a policy lets through to somewhere, in order. */
const waysOut = (policy: Policy | undefined) =>
  (policy?.egress ?? []).map(({ ports }) => ports.map(({ port, protocol }) => `${port}/${protocol}`).join(' '))

const partOf = ({ metadata }: Pod) => metadata.labels['app.kubernetes.io/component'] ?? ''

/** What a pod gets of Secrets and of the files that people wrote: `secret/key` each. */
function givenTo(pod: Pod): string[] {
  return pod.spec.volumes.flatMap(({ name, secret, configMap }) => {
    if (secret !== undefined) return secret.items?.map(({ key }) => `${secret.secretName}/${key}`) ?? [`${name}/*`]
    return configMap?.items?.map(({ key }) => key) ?? (configMap === undefined ? [] : [`${name}/*`])
  })
}
const givenToParts = (things: readonly Thing[]) =>
  Object.fromEntries(podsOf(things).map(({ pod }) => [partOf(pod), givenTo(pod).sort()]))

test('the Helm chart is closed', { timeout: 1_500_000 }, async (context) => {
  const tool = await goTool('helm')
  if ('absent' in tool) return context.skip(tool.absent)
  const helm = tool.path
  const little = await render(helm)
  const much = await render(helm, ...everything)

  await context.test('a policy refuses everything in and out for every pod of the release', () => {
    for (const things of [little, much]) {
      const closed = policiesOf(things).get('closed')
      assert.deepEqual([closed?.ingress ?? [], closed?.egress ?? []], [[], []])
      for (const { pod } of podsOf(things)) {
        for (const [name, value] of Object.entries(closed?.podSelector.matchLabels ?? { none: '' }))
          assert.equal(pod.metadata.labels[name], value)
      }
    }
  })

  await context.test('each part has the ways out that it needs, and no other', () => {
    const policies = policiesOf(little)
    assert.deepEqual([...policies.keys()].sort(), ['closed', ...parts].sort())
    const names = '53/TCP 53/UDP'
    assert.deepEqual(Object.fromEntries(parts.map((part) => [part, waysOut(policies.get(part))])), {
      ingest: [names, '9092/TCP'],
      baseline: [names, '9092/TCP', '8123/TCP'],
      score: [names, '9092/TCP', '8123/TCP'],
      respond: [names, '9092/TCP', '443/TCP'],
      prepare: [names, '9092/TCP', '8123/TCP'],
    })
  })

  await context.test('nothing but the webhooks leaves the cluster, and those go to no private address', () => {
    for (const [part, { egress = [] }] of policiesOf(little)) {
      for (const { to, ports } of egress) {
        for (const { ipBlock } of to) {
          if (ipBlock === undefined) continue
          assert.deepEqual([part, ports.map(({ port }) => port)], ['respond', [443]])
          if (ipBlock.cidr !== '0.0.0.0/0') continue
          for (const range of inside) assert.ok(ipBlock.except?.includes(range), range)
        }
      }
    }
  })

  await context.test('only Prometheus comes in by itself; senders come to ingest alone, once they are named', () => {
    const comes = (things: Thing[], part: string) => policiesOf(things).get(part)?.ingress ?? []
    for (const stage of stageNames) {
      const [rule, ...more] = comes(little, stage)
      assert.deepEqual(more, [])
      assert.match(JSON.stringify(rule?.from), /"kubernetes.io\/metadata.name":"monitoring"/)
    }
    assert.deepEqual(
      parts.map((part) => [part, comes(much, part).length]),
      [
        ['ingest', 2],
        ['baseline', 1],
        ['score', 1],
        ['respond', 1],
        ['prepare', 0],
      ],
    )
  })

  await context.test('an empty list means nobody, wherever it stands', async () => {
    const lists = ['monitoring', 'senders', 'dns.to', 'kafka.to', 'clickhouse.to', 'webhooks.to']
    const shut = policiesOf(await render(helm, ...lists.map((list) => `networkPolicy.${list}=[]`)))
    for (const [name, { ingress = [], egress = [] }] of shut) assert.deepEqual([ingress, egress], [[], []], name)
  })

  await context.test('ports follow the addresses, and more is opened by name, for one part or for all', async () => {
    const rule = '[{"to":[{"ipBlock":{"cidr":"203.0.113.7/32"}}],"ports":[{"port":8443,"protocol":"TCP"}]}]'
    const policies = policiesOf(
      await render(
        helm,
        'kafka.brokers=kafka-0.kafka:9094, kafka-1.kafka:9095',
        'clickhouse.url=https://store.data.svc',
        'networkPolicy.webhooks.ports=[443, 8080]',
        `networkPolicy.extraEgress.score=${rule}`,
      ),
    )
    assert.deepEqual(waysOut(policies.get('score')).slice(1), ['9094/TCP 9095/TCP', '443/TCP', '8443/TCP'])
    assert.deepEqual(waysOut(policies.get('respond')).slice(1), ['9094/TCP 9095/TCP', '443/TCP 8080/TCP'])
    const all = policiesOf(await render(helm, `networkPolicy.extraEgress.all=${rule}`))
    for (const part of parts) assert.equal(waysOut(all.get(part)).at(-1), '8443/TCP', part)
  })

  await context.test('each part gets the secrets and files that it needs, and no other', () => {
    assert.deepEqual(givenToParts(little), {
      ingest: ['agents.yaml', 'tokens.yaml'],
      baseline: ['agents.yaml', 'policy.yaml', 'straylight/CLICKHOUSE_PASSWORD', 'straylight/STRAYLIGHT_PROFILE_KEY'],
      score: ['agents.yaml', 'policy.yaml', 'straylight/CLICKHOUSE_PASSWORD'],
      respond: ['agents.yaml', 'policy.yaml'],
      prepare: ['straylight/CLICKHOUSE_PASSWORD'],
    })
    const tls = ['kafka-tls/ca.crt', 'kafka-tls/tls.crt', 'kafka-tls/tls.key']
    const [before, after] = [givenToParts(little), givenToParts(much)]
    for (const part of parts) {
      const more = (after[part] ?? []).filter((given) => !before[part]?.includes(given))
      const keys = part === 'respond' ? ['keys/*'] : []
      assert.deepEqual(more, [...tls, ...keys, `straylight/KAFKA_SASL_PASSWORD_${part.toUpperCase()}`].sort(), part)
    }
  })

  await context.test('each signs in at Kafka by its own name, the one that `topics acls` gives rights', () => {
    for (const { pod } of podsOf(much)) {
      for (const { env } of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
        const setting = (name: string) => env.find((variable) => variable.name === name)?.value
        assert.equal(setting('KAFKA_SASL_USERNAME'), partOf(pod))
        assert.equal(setting('KAFKA_SASL_PASSWORD_FILE'), '/etc/straylight/secrets/KAFKA_SASL_PASSWORD')
      }
    }
  })

  await context.test(
    'a stage with a Secret, a name and a certificate of its own takes nothing of the others',
    async () => {
      const own = ['existingSecret=score-secret', 'kafkaUsername=CN-score', 'kafkaTlsSecret=score-tls']
      const things = await render(helm, ...everything, ...own.map((pair) => `stages.score.${pair}`))
      const score = givenToParts(things).score ?? []
      assert.deepEqual(
        score.filter((given) => given.includes('/')),
        [
          'score-secret/CLICKHOUSE_PASSWORD',
          'score-secret/KAFKA_SASL_PASSWORD',
          'score-tls/ca.crt',
          'score-tls/tls.crt',
          'score-tls/tls.key',
        ],
      )
    },
  )

  await context.test('who has no store is not reported where it is; who has no endpoint has no tokens', () => {
    for (const { pod } of podsOf(much)) {
      const names = pod.spec.containers.flatMap(({ env }) => env.map(({ name }) => name))
      const store = ['baseline', 'score', 'prepare'].includes(partOf(pod))
      assert.equal(
        names.some((name) => name.startsWith('CLICKHOUSE_')),
        store,
        partOf(pod),
      )
      assert.equal(names.includes('STRAYLIGHT_TOKENS'), partOf(pod) === 'ingest')
      assert.equal(names.includes('STRAYLIGHT_PROFILE_KEY_FILE'), partOf(pod) === 'baseline')
    }
  })

  await context.test('what a Secret holds can be read by the program and its group, and by nobody else', () => {
    for (const { pod } of podsOf(much)) {
      for (const { secret } of pod.spec.volumes)
        if (secret !== undefined) assert.equal((secret.defaultMode ?? 0o644) & 0o027, 0, secret.secretName)
    }
  })

  await context.test('lets no process write to its root, become root, take rights or ask Kubernetes', () => {
    for (const { pod } of [...podsOf(little), ...podsOf(much)]) {
      assert.deepEqual(pod.spec.securityContext, {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        fsGroup: 1000,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      })
      assert.equal(pod.spec.automountServiceAccountToken, false)
      for (const shared of ['hostNetwork', 'hostPID', 'hostIPC']) assert.equal(pod.spec[shared], undefined, shared)
    }
    for (const { securityContext, volumeMounts } of [...containersOf(little), ...containersOf(much)]) {
      assert.deepEqual(securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      const writable = volumeMounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath)
      assert.deepEqual(writable, ['/var/lib/straylight', '/tmp'])
    }
    const accounts = much.filter(({ kind }) => ['Role', 'ClusterRole', 'RoleBinding'].includes(kind))
    assert.deepEqual(accounts, [])
  })
})
