import { grantRights } from '@straylight/runtime/kafka/grant-rights'
import { type KafkaLogSettings, planOf } from '@straylight/runtime/kafka/kafka-log'
import {
  applyTopics,
  compareTopics,
  type TopicDifference,
  withTopicAdmin,
} from '@straylight/runtime/kafka/kafka-topics'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { counted } from '@straylight/schemas/counted'
import { topics } from '@straylight/schemas/topics'
import { kafkaSettings } from '../deployment/kafka-settings.ts'
import { commandLogger } from '../deployment/open-deployment.ts'
import { stageNames } from '../deployment/stage-names.ts'
import { rightsOf, type StageRight, verdictRights } from '../deployment/stage-rights.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

export interface AclOptions {
  readonly principal: string
  readonly apply?: true
}

/** `straylight topics acls`: who may do what with the topics, for kafka-acls; with `--apply`, given at the brokers. */
export async function grantAcls(output: CommandOutput, { principal, apply }: AclOptions): Promise<number> {
  const rights = [
    ...stageNames.flatMap((stage) => rightsOf(stage).map((right) => ({ stage, ...right }))),
    ...verdictRights().map((right) => ({ stage: 'verdict' as const, ...right })),
  ]
  const acls = rights.map(({ stage, ...right }) => ({
    ...{ stage, principal: principal.replaceAll('{stage}', stage) },
    ...right,
  }))
  if (apply) await grantRights(await brokerSettings(readSettings(AllSettings)), acls)
  for (const acl of acls) output.say(`kafka-acls --bootstrap-server … ${argumentsOf(acl.principal, acl)}`)
  if (apply) output.say(`${acls.length} rights are given.`)
  output.result({ acls })
  return 0
}

async function brokerSettings(settings: AllSettings): Promise<KafkaLogSettings> {
  if (settings.KAFKA_BROKERS !== undefined) return kafkaSettings(settings, commandLogger())
  throw new WrongUsage(
    'KAFKA_BROKERS is not set: expected host:port of the brokers. The embedded log makes its topics itself.',
  )
}

/** `straylight topics diff|apply`: what the topics of the cluster have other than they should; or mended. */
export async function compareOrApply(output: CommandOutput, what: 'diff' | 'apply'): Promise<number> {
  const settings = readSettings(AllSettings)
  const kafka = await brokerSettings(settings)
  const plan = planOf(kafka, Object.values(topics), settings.STRAYLIGHT_PARTITIONS)
  const differences = await withTopicAdmin(kafka, (admin) =>
    what === 'apply' ? applyTopics(admin, plan) : compareTopics(admin, plan),
  )
  for (const difference of differences) for (const line of linesOf(difference)) output.say(line)
  const count = counted(plan.topics.length, 'topic')
  if (differences.length === 0) output.say(`${count} ${plan.topics.length === 1 ? 'is' : 'are'} as they should be.`)
  else if (what === 'diff') output.say('`straylight topics apply` mends what says so.')
  output.result({ topics: plan.topics.length, differences })
  return differences.length === 0 ? 0 : 1
}

const mendings = {
  create: 'apply creates it',
  alter: 'apply alters it',
  reassign: 'not by apply',
  never: 'can not be altered',
} as const

function linesOf({ topic, setting, found, wanted, why, mend }: TopicDifference): string[] {
  const is = found === undefined ? 'is not there' : `is ${found}`
  return [`${topic}: ${setting} ${is}, expected ${wanted} (${mendings[mend]})`, `    ${why}`]
}

function argumentsOf(principal: string, { resource, name, operation }: StageRight): string {
  return `--add --allow-principal ${principal} --operation ${operation} --${resource} ${name}`
}
