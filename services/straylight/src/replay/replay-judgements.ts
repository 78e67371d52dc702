import type { Judgement } from '@straylight/models/scoring/judge'
import type { Log } from '@straylight/runtime/log/log'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import type { InputOrder } from './replay-feed.ts'

/** One line of `--scores`. */
export interface ScoreLine {
  readonly id: string
  readonly agent: string
  readonly session: string
  /** This event, in nats. */
  readonly score: number
  /** Its session so far, in standard deviations of the agent's usual session maximum. */
  readonly risk: number
  /** Its evidence opened or updated an alert. */
  readonly alert: boolean
  /** Not judged: the shipper sent the same event before. */
  readonly skipped?: 'repeat'
}

const placeKey = ({ partition, offset, index }: { partition: number; offset: number; index: number }): string =>
  `${partition}/${offset}/${index}`

/** What a replay came to, event by event, kept by the place of the source record. */
export class ReplayJudgements {
  private readonly scores = new Map<string, { session: string; score: number; risk: number }>()
  private readonly alerting = new Set<string>()
  private readonly explain: string | undefined
  /** The judgement of the event asked for with `--explain`. */
  explained: Judgement | undefined

  constructor(explain: string | undefined) {
    this.explain = explain
  }

  get count(): number {
    return this.scores.size
  }

  judged(judgement: Judgement): void {
    const { observed, score, risk } = judgement
    this.scores.set(placeKey(observed.event.position), { session: observed.session.session, score, risk })
    if (observed.event.id === this.explain) this.explained = judgement
  }

  alerted(findingId: string): void {
    this.alerting.add(findingId)
  }

  /** Lines in input order, one for each event that ingest made. */
  async scoreLines(log: Log, order: InputOrder): Promise<ScoreLine[]> {
    const findings = await this.findingPlaces(log)
    const rows: { sequence: number; index: number; line: ScoreLine }[] = []
    for await (const event of eventsOf(log)) {
      const key = placeKey(event.position)
      const judged = this.scores.get(key)
      const reported = { id: event.id, agent: event.agent }
      const line = judged
        ? { ...reported, ...judged, alert: findings.has(key) }
        : { ...reported, session: event.session ?? '', score: 0, risk: 0, alert: false, skipped: 'repeat' as const }
      rows.push({ sequence: order.sequenceOf(event.position), index: event.position.index, line })
    }
    return rows.sort((a, b) => a.sequence - b.sequence || a.index - b.index).map(({ line }) => line)
  }

  /** Source places of the findings that opened or updated an alert. */
  private async findingPlaces(log: Log): Promise<Set<string>> {
    const places = new Set<string>()
    for (const finding of await findingsOf(log)) if (this.alerting.has(finding.id)) places.add(placeKey(finding.source))
    return places
  }
}

/** Findings in input order, as `--findings` writes them: with their place in the input instead of the log that is thrown away. */
export async function replayFindings(log: Log, order: InputOrder): Promise<object[]> {
  const findings = await findingsOf(log)
  return findings
    .map(({ log: place, source, ...finding }) => ({
      topic: place.topic,
      sequence: order.sequenceOf(source),
      index: source.index,
      line: { ...finding, input: order.placeOf(source) },
    }))
    .sort((a, b) => a.sequence - b.sequence || a.index - b.index || a.topic.localeCompare(b.topic))
    .map(({ line }) => line)
}

export async function findingsOf(log: Log): Promise<Finding[]> {
  const findings: Finding[] = []
  const partition = { topic: topics.findings.name, partition: 0 }
  for await (const record of log.read(partition, 0, await log.endOffset(partition))) {
    findings.push(Finding.parse(JSON.parse(record.value.toString())))
  }
  return findings
}

async function* eventsOf(log: Log): AsyncIterable<AgentEvent> {
  const topic = topics.events.name
  const partitions = await log.partitionCount(topic)
  for (let partition = 0; partition < partitions; partition++) {
    for await (const record of log.read({ topic, partition }, 0, await log.endOffset({ topic, partition }))) {
      if (record.headers.type !== 'marker') yield JSON.parse(record.value.toString()) as AgentEvent
    }
  }
}
