import type { Log } from '@straylight/runtime/log/log'
import { consumerGroupOf } from '@straylight/runtime/process/run-stage'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { Finding } from '@straylight/schemas/finding'
import type { Policy } from '@straylight/schemas/policy'
import { Rejection } from '@straylight/schemas/rejection'
import { RevocationCommand } from '@straylight/schemas/revocation-command'
import { topics } from '@straylight/schemas/topics'
import { Verdict } from '@straylight/schemas/verdict'
import { z } from 'zod'
import { answerAgain } from './answer-again.ts'
import { recordsOfTopic } from './embedded-run.ts'
import { scoreAgain } from './score-again.ts'

export type CheckedStage = 'ingest' | 'baseline' | 'score' | 'respond'

/** What each stage's group has to read before a run is over. */
const inputs = {
  ingest: [topics.audit],
  baseline: [topics.events, topics.findings, topics.alerts, topics.revocations, topics.results, topics.rejected],
  score: [topics.events, topics.credentials],
  respond: [topics.findings, topics.results],
} as const

/** Records that a stage still has to read. */
export async function behind(log: Log, stage: CheckedStage): Promise<number> {
  let records = 0
  for (const { name } of inputs[stage]) {
    const committed = new Map(
      (await log.committed(consumerGroupOf({ name: stage }), name)).map((at) => [at.partition, at.offset]),
    )
    for (let partition = 0; partition < (await log.partitionCount(name)); partition++)
      records += (await log.endOffset({ topic: name, partition })) - (committed.get(partition) ?? 0)
  }
  return records
}

/** In the order of the flow: what a stage has not written yet can't be missing from the next. Twice, as alerts come back to baseline. */
export async function isThrough(log: Log): Promise<boolean> {
  for (const stage of ['ingest', 'score', 'respond', 'baseline', 'ingest', 'score', 'respond', 'baseline'] as const)
    if ((await behind(log, stage)) > 0) return false
  return true
}

/** Each event as often as it should be there, and nothing else; complaints, which say how far a lost one came. */
export async function checkEvents(log: Log, store: Store, expected: ReadonlyMap<string, number>): Promise<string[]> {
  const rows = await store.query(
    {
      name: 'test: events',
      sql: 'SELECT event_id AS id, count() AS times FROM events FINAL GROUP BY event_id ORDER BY event_id',
      row: z.object({ id: z.string(), times: z.number() }),
    },
    {},
  )
  const stored = new Map(rows.map(({ id, times }) => [id, times]))
  const wrong = [...expected].filter(([id, times]) => stored.get(id) !== times)
  const strange = [...stored.keys()].filter((id) => !expected.has(id))
  const texts = async (topic: string) => (wrong.length === 0 ? [] : recordsOfTopic(log, topic))
  const [sent, read] = [await texts(topics.audit.name), await texts(topics.events.name)]
  const times = (texts: readonly string[], id: string) => texts.filter((text) => text.includes(`"${id}"`)).length
  const complaints = wrong.map(([id, due], at) => {
    const stands = `event ${id} is stored ${stored.get(id) ?? 0} times, not ${due}`
    return at < 5 ? `${stands}: ${times(sent, id)} times in the audit log, ${times(read, id)} times an event` : stands
  })
  return few('events', [...complaints, ...strange.map((id) => `event ${id} is stored and was never sent`)])
}

/** Each record that can't be read is rejected, with one body a place. */
export async function checkRejected(log: Log, unreadable: readonly string[]): Promise<string[]> {
  const complaints: string[] = []
  const rejected = new Map<string, string>()
  for (const text of await recordsOfTopic(log, topics.rejected.name)) {
    const { partition, offset, index } = Rejection.parse(JSON.parse(text)).position
    const place = `${partition}/${offset}/${index}`
    if ((rejected.get(place) ?? text) !== text) complaints.push(`the rejection of ${place} has two bodies`)
    rejected.set(place, text)
  }
  const heads = [...rejected.values()].map((text) =>
    Buffer.from(Rejection.parse(JSON.parse(text)).head_base64, 'base64').toString(),
  )
  if (JSON.stringify(heads.sort()) !== JSON.stringify([...unreadable].sort()))
    complaints.push(`${heads.length} records are rejected, ${unreadable.length} can't be read`)
  return few('rejections', complaints)
}

/** What the run decided, each once by id. */
export interface Decided {
  readonly findings: ReadonlyMap<string, Finding>
  readonly commands: ReadonlyMap<string, RevocationCommand>
  readonly complaints: readonly string[]
}

/**
 * Findings and commands have one body an id, and are those that one fresh score and respond, undisturbed, make of the events and
 * the knowledge in the log.
 */
export async function checkDecisions(from: {
  log: Log
  url: string
  folder: string
  policy: Policy
}): Promise<Decided> {
  const { log, url, folder, policy } = from
  const complaints: string[] = []
  const findings = new Map<string, string>()
  for (const value of await recordsOfTopic(log, topics.findings.name)) {
    const finding = Finding.parse(JSON.parse(value))
    const text = JSON.stringify(finding)
    if ((findings.get(finding.id) ?? text) !== text) complaints.push(`finding ${finding.id} has two bodies`)
    findings.set(finding.id, text)
  }
  const commands = new Map<string, string>()
  for (const token of await recordsOfTopic(log, topics.revocations.name)) {
    const command = commandOf(token)
    const text = JSON.stringify(command)
    if ((commands.get(command.id) ?? text) !== text) complaints.push(`command ${command.id} has two bodies`)
    commands.set(command.id, text)
  }
  const empty = await openStore({ url, database: 'undisturbed' })
  let answered = new Map<string, string>()
  try {
    const scored = await scoreAgain({
      ...{ log, store: empty, folder },
      goOn: async (again) => {
        const tokens = await answerAgain({ log: again, folder, policy, approvedAt: await approvals(log) })
        answered = new Map(tokens.map(commandOf).map((command) => [command.id, JSON.stringify(command)]))
      },
    })
    complaints.push(...few('findings', differences('finding', findings, scored)))
    complaints.push(...few('commands', differences('command', commands, answered)))
  } finally {
    await empty.close()
  }
  return {
    complaints,
    findings: new Map([...findings].map(([id, text]) => [id, Finding.parse(JSON.parse(text))])),
    commands: new Map([...commands].map(([id, text]) => [id, RevocationCommand.parse(JSON.parse(text))])),
  }
}

/** The commands that a person approved, and when: the first word counts. */
async function approvals(log: Log): Promise<Map<string, number>> {
  const approvedAt = new Map<string, number>()
  for (const token of await recordsOfTopic(log, topics.verdicts.name)) {
    const { answer, command_id, time } = Verdict.parse(
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()),
    )
    if (answer === 'approve' && command_id !== undefined && !approvedAt.has(command_id))
      approvedAt.set(command_id, time)
  }
  return approvedAt
}

const commandOf = (token: string): RevocationCommand =>
  RevocationCommand.parse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()))

function differences(
  noun: string,
  disturbed: ReadonlyMap<string, string>,
  undisturbed: ReadonlyMap<string, string>,
): string[] {
  const complaints: string[] = []
  for (const [id, text] of undisturbed) {
    const given = disturbed.get(id)
    if (given === undefined) complaints.push(`${noun} ${id} is missing: ${text.slice(0, 600)}`)
    else if (given !== text) complaints.push(`${noun} ${id} differs: ${firstDifference(given, text)}`)
  }
  for (const [id, text] of disturbed)
    if (!undisturbed.has(id)) complaints.push(`${noun} ${id} is too many: ${text.slice(0, 600)}`)
  return complaints
}

function firstDifference(one: string, other: string): string {
  let at = 0
  while (one[at] === other[at]) at++
  return `…${one.slice(Math.max(0, at - 60), at + 60)}… should be …${other.slice(Math.max(0, at - 60), at + 60)}…`
}

/** Thousands of complaints say no more than some. */
const few = (noun: string, complaints: readonly string[]): string[] =>
  complaints.length <= 5
    ? [...complaints]
    : [`${complaints.length} ${noun} are wrong, such as:`, ...complaints.slice(0, 5)]
