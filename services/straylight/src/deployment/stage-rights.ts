import { consumerGroupOf } from '@straylight/runtime/process/run-stage'
import { type Topic, topics } from '@straylight/schemas/topics'
import { type StageName, stageNames } from './stage-names.ts'

type TopicName = keyof typeof topics

/** What a stage does with topics. */
interface StageTopics {
  /** As a member of its group. */
  readonly consumes: readonly TopicName[]
  /** Outside of it: to recover, and to tell how old the knowledge is. */
  readonly reads: readonly TopicName[]
  readonly writes: readonly TopicName[]
}

export const stageTopics: Readonly<Record<StageName, StageTopics>> = {
  // It writes what comes by file and through the endpoint, then reads it as everybody's.
  ingest: { consumes: ['audit'], reads: [], writes: ['audit', 'events', 'credentials', 'rejected'] },
  baseline: {
    consumes: [
      'events',
      'findings',
      'alerts',
      'assignees',
      'revocations',
      'verdicts',
      'results',
      'sessions',
      'rejected',
      'setAside',
    ],
    reads: ['knowledge'],
    writes: ['knowledge', 'events', 'credentials', 'setAside'],
  },
  score: { consumes: ['events', 'credentials'], reads: ['knowledge'], writes: ['findings', 'sessions', 'setAside'] },
  respond: {
    consumes: ['findings', 'verdicts', 'results'],
    reads: ['alerts', 'revocations', 'verdictResults', 'knowledge', 'events'],
    writes: ['alerts', 'detections', 'revocations', 'verdictResults', 'setAside'],
  },
}

/** Whoever revokes asks how all stages are, since none of them may be behind. */
export const watchesAll: StageName = 'respond'

/** Whoever takes events in asks it too, and slows their senders down. */
export const slowsSenders: StageName = 'ingest'

/** The topics by which the lag of stages is reported. */
const reported = ['audit', 'events', 'findings'] as const

const watchesOthers = (stage: StageName): boolean => stage === watchesAll || stage === slowsSenders

/** One thing that a principal must be allowed to do, as Kafka's ACLs say it. A right to read or write includes to describe. */
export interface StageRight {
  readonly resource: 'topic' | 'group'
  readonly name: string
  readonly operation: 'read' | 'write' | 'describe'
}

/** The rights a stage needs when its topics have been made before: none fewer, none more. */
export function rightsOf(stage: StageName): readonly StageRight[] {
  const { consumes, reads, writes } = stageTopics[stage]
  const read = [...new Set([...consumes, ...reads])]
  const rights: StageRight[] = [
    { resource: 'group', name: consumerGroupOf({ name: stage }), operation: 'read' },
    ...read.map((topic) => topicRight(topic, 'read')),
    ...writes.map((topic) => topicRight(topic, 'write')),
  ]
  if (!watchesOthers(stage)) return rights
  // To tell how far the others are behind: their commits, and where the topics by which that is reported end.
  const others = stageNames.filter((other) => other !== stage)
  return [
    ...rights,
    ...others.map(
      (other): StageRight => ({ resource: 'group', name: consumerGroupOf({ name: other }), operation: 'describe' }),
    ),
    ...reported
      .filter((topic) => !read.includes(topic) && !writes.includes(topic))
      .map((topic) => topicRight(topic, 'describe')),
  ]
}

/** What somebody needs who gives verdicts from the command line and waits for what becomes of them; the console gives alerts to people as well. */
export function verdictRights(): readonly StageRight[] {
  const read = (['verdicts', 'verdictResults', 'alerts', 'assignees', 'revocations'] as const).map((topic) =>
    topicRight(topic, 'read'),
  )
  return [topicRight('verdicts', 'write'), topicRight('assignees', 'write'), ...read]
}

/** What the console reads of the log, and the verdicts that it appends; all else it asks the store. */
const consoleTopics = ['verdicts', 'verdictResults', 'alerts', 'assignees', 'revocations'] as const

/** The topics that some stages, and the console where it is served too, touch; all there are when all stages run. */
export function topicsOf(stages: readonly StageName[], { console = false } = {}): readonly Topic[] {
  if (stageNames.every((name) => stages.includes(name))) return Object.values(topics)
  const names = new Set<TopicName>(console ? consoleTopics : [])
  for (const name of stages.flatMap((stage) => {
    const { consumes, reads, writes } = stageTopics[stage]
    return [...consumes, ...reads, ...writes, ...(watchesOthers(stage) ? reported : [])]
  }))
    names.add(name)
  return [...names].map((name) => topics[name])
}

function topicRight(topic: TopicName, operation: StageRight['operation']): StageRight {
  return { resource: 'topic', name: topics[topic].name, operation }
}
