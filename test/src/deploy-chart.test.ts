import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { consumerGroupOf } from '@straylight/runtime/process/run-stage'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { isSecret } from '@straylight/runtime/settings/secret-setting'
import { topics } from '@straylight/schemas/topics'
import { stageNames } from 'straylight/deployment/stage-names'
import { z } from 'zod'
import { goTool } from '../test-support/go-tool.ts'
import {
  asked,
  chart,
  containersOf,
  everything,
  flagsOf,
  podsOf,
  render,
  Selector,
  type Thing,
} from '../test-support/helm-chart.ts'

const run = promisify(execFile)

test('the Helm chart', { timeout: 1_500_000 }, async (context) => {
  const tool = await goTool('helm')
  if ('absent' in tool) return context.skip(tool.absent)
  const helm = tool.path

  await context.test('passes lint, with little and with everything switched on', async () => {
    for (const set of [asked, [...asked, ...everything, 'autoscaling.kind=keda'], [...asked, 'autoscaling.kind=hpa']]) {
      await run(helm, ['lint', '--strict', chart, ...flagsOf(set)])
    }
  })

  await context.test('says what is missing or wrong', async () => {
    const refused = (said: RegExp, ...set: string[]) => assert.rejects(render(helm, ...set), said)
    for (const pair of asked) await refused(new RegExp(pair.split('=')[0] ?? ''), `${pair.split('=')[0]}=""`)
    await refused(/clickhouse/, 'clickhouse.url=https://straylight:hush@store')
    await refused(/replcas/, 'stages.score.replcas=3')
    await refused(/PASSWORD/, 'settings.KAFKA_SASL_PASSWORD=hush')
    await refused(/PASSWORD/, 'settings.CLICKHOUSE_PASSWORD_FILE=/etc/passwd')
    await refused(/above partitions/, 'partitions=2', 'stages.score.replicas=3')
    await refused(/above partitions/, 'partitions=2', 'autoscaling.kind=hpa')
    await refused(/keysSecret/, 'stages.respond.replicas=2')
  })

  const little = await render(helm)
  const much = await render(helm, ...everything)

  await context.test('runs each stage, and makes topics and tables before', () => {
    for (const things of [little, much]) {
      const stages = podsOf(things).filter(({ thing }) => thing.kind !== 'Job')
      assert.deepEqual(
        stages.flatMap(({ pod }) => pod.spec.containers.map(({ args }) => args)),
        stageNames.map((name) => ['up', name]),
      )
      const [job] = things.filter(({ kind }) => kind === 'Job')
      assert.equal(job?.metadata.annotations?.['helm.sh/hook'], 'pre-install,pre-upgrade')
    }
  })

  await context.test('gives settings that exist and can be read, and no secret among them', () => {
    for (const { env, name } of [...containersOf(little), ...containersOf(much)]) {
      const names = env.map((variable) => variable.name)
      assert.equal(new Set(names).size, names.length, `${name}: a setting stands twice`)
      for (const setting of names) {
        assert.ok(setting in AllSettings.shape, `${name}: ${setting} is no setting`)
        assert.equal(isSecret(AllSettings.shape[setting as keyof typeof AllSettings.shape]), false, setting)
      }
      const given = Object.fromEntries(env.map((variable) => [variable.name, variable.value]))
      // The files of secrets are there in a pod only.
      const read = Object.entries(given).filter(([name]) => !name.endsWith('_FILE'))
      readSettings(AllSettings, Object.fromEntries(read))
    }
  })

  await context.test('mounts every file that a setting names', () => {
    for (const { pod } of podsOf(much)) {
      for (const { env, volumeMounts } of pod.spec.containers) {
        for (const { name, value } of env.filter((variable) => variable.value.startsWith('/'))) {
          const mount = volumeMounts.find(({ mountPath }) => value.startsWith(`${mountPath}/`))
          assert.ok(mount, `${name} is ${value}, and nothing is mounted there`)
          assert.ok(pod.spec.volumes.some((volume) => volume.name === mount.name))
        }
      }
    }
    const files = much.find(({ kind }) => kind === 'ConfigMap')?.data ?? {}
    assert.deepEqual(Object.keys(files), ['policy.yaml', 'agents.yaml', 'tokens.yaml'])
    assert.match(files['policy.yaml'] ?? '', /^id: first-steps\nversion: 1$/m)
  })

  await context.test('stops pods later than the program stops itself', async () => {
    const things = await render(helm, 'settings.STRAYLIGHT_STOP_SECONDS=45')
    for (const { pod } of podsOf(things).filter(({ thing }) => thing.kind !== 'Job')) {
      assert.equal(pod.spec.terminationGracePeriodSeconds, 55)
    }
  })

  await context.test('keeps signing keys in a volume, or takes them from a Secret that all share', () => {
    const claims = (things: Thing[]) =>
      z
        .array(z.looseObject({}))
        .optional()
        .parse(things.find(({ kind }) => kind === 'StatefulSet')?.spec?.volumeClaimTemplates)
    assert.equal(claims(little)?.length, 1)
    assert.equal(claims(much), undefined)
    const respond = podsOf(much).find(({ thing }) => thing.kind === 'StatefulSet')?.pod
    assert.ok(
      respond?.spec.containers[0]?.volumeMounts.some(({ mountPath }) => mountPath === '/var/lib/straylight/keys'),
    )
  })

  await context.test('guards each stage with a budget and a policy that select its pods', () => {
    for (const kind of ['PodDisruptionBudget', 'NetworkPolicy']) {
      for (const stage of stageNames) {
        const thing = much.find((each) => each.kind === kind && each.metadata.name === `acme-straylight-${stage}`)
        const { matchLabels } = Selector.parse(thing?.spec?.selector ?? thing?.spec?.podSelector)
        const labels = podsOf(much).find(({ thing: { metadata } }) => metadata.name.endsWith(`-${stage}`))?.pod.metadata
          .labels
        for (const [name, value] of Object.entries(matchLabels))
          assert.equal(labels?.[name], value, `${kind} of ${stage}`)
        assert.equal(matchLabels['app.kubernetes.io/component'], stage)
      }
    }
  })

  await context.test('scales by the lag of the groups and topics that the stages really read', async () => {
    const Trigger = z.object({ metadata: z.looseObject({ consumerGroup: z.string(), topic: z.string() }) })
    const reads = { ingest: topics.audit, baseline: topics.events, score: topics.events } as const
    for (const [stage, topic] of Object.entries(reads)) {
      const name = z.enum(['ingest', 'baseline', 'score']).parse(stage)
      const scaled = (await render(helm, 'autoscaling.kind=keda')).find(
        ({ kind, metadata }) => kind === 'ScaledObject' && metadata.name.endsWith(`-${stage}`),
      )
      const [trigger] = z.array(Trigger).parse(scaled?.spec?.triggers)
      assert.equal(trigger?.metadata.consumerGroup, consumerGroupOf({ name }))
      assert.equal(trigger?.metadata.topic, topic.name)
    }
    const things = await render(helm, 'autoscaling.kind=hpa')
    assert.equal(things.filter(({ kind }) => kind === 'HorizontalPodAutoscaler').length, 3)
    for (const { spec } of things.filter(({ kind }) => kind === 'Deployment')) {
      assert.equal(spec?.replicas, undefined, 'two would count the instances')
    }
  })
})
