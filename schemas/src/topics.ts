/** A topic of the log: who writes, why its key, how long it stays. */
export interface Topic {
  readonly name: string
  /** `partitioned` ones take the deployment's number of partitions, `single` ones have one for a total order. */
  readonly partitions: 'partitioned' | 'single'
  readonly retentionHours: number
  readonly compacted: boolean
  /**
   * On Kafka the broker's clock stands on each record, whatever its sender wrote: log time decides when what was quarantined is
   * learnt. Stages pass that time on to the topics that they write.
   */
  readonly logAppendTime?: true
  readonly why: string
}

const day = 24

/** Every topic there is. Growing the number of partitions means a new version of the name. */
export const topics = {
  audit: {
    name: 'agent.audit.v1',
    partitions: 'partitioned',
    retentionHours: 7 * day,
    compacted: false,
    logAppendTime: true,
    why: 'what shippers send, any format; key: the agent, so that its order is kept',
  },
  rejected: {
    name: 'agent.audit.rejected.v1',
    partitions: 'single',
    retentionHours: 7 * day,
    compacted: false,
    why: 'records that could not be read, with their reason; own rights, since they are raw',
  },
  setAside: {
    name: 'agent.set_aside.v1',
    partitions: 'single',
    retentionHours: 30 * day,
    compacted: false,
    why: 'records that a stage could not work with, with their place and reason; own rights, since they are raw',
  },
  events: {
    name: 'agent.events.v1',
    partitions: 'partitioned',
    retentionHours: 30 * day,
    compacted: false,
    why: 'events and knowledge markers; key: tenant and agent, so that one profile lives in one partition',
  },
  credentials: {
    name: 'agent.credentials.v1',
    partitions: 'partitioned',
    retentionHours: 30 * day,
    compacted: false,
    why: 'first uses and knowledge markers; key: tenant and credential, so that sharing is judged in one place',
  },
  knowledge: {
    name: 'agent.knowledge.v1',
    partitions: 'single',
    retentionHours: 30 * day,
    compacted: false,
    why: 'versions of all that changes a score, in order',
  },
  findings: {
    name: 'agent.findings.v1',
    partitions: 'single',
    retentionHours: 30 * day,
    compacted: false,
    why: 'one partition: respond decides in a total order',
  },
  sessions: {
    name: 'agent.sessions.v1',
    partitions: 'partitioned',
    retentionHours: 7 * day,
    compacted: false,
    why: 'sessions that ended; key: tenant and agent',
  },
  verdicts: {
    name: 'agent.verdicts.v1',
    partitions: 'single',
    retentionHours: 365 * day,
    compacted: false,
    why: 'what people say, signed; kept a year as a record of decisions',
  },
  verdictResults: {
    name: 'agent.verdicts.results.v1',
    partitions: 'single',
    retentionHours: 365 * day,
    compacted: false,
    why: 'what became of each verdict, taken or refused: the answer to whoever gave it; key: alert',
  },
  alerts: {
    name: 'agent.alerts.v1',
    partitions: 'single',
    retentionHours: 365 * day,
    compacted: true,
    why: 'every revision of every alert; respond is rebuilt from it; key: alert id',
  },
  assignees: {
    name: 'agent.alerts.assignees.v1',
    partitions: 'single',
    retentionHours: 365 * day,
    compacted: true,
    logAppendTime: true,
    why: 'who works on which alert, as people say at the console; key: alert id',
  },
  detections: {
    name: 'agent.alerts.ocsf.v1',
    partitions: 'single',
    retentionHours: 30 * day,
    compacted: false,
    why: 'alerts as OCSF Detection Findings, one record for each thing that people hear of; key: alert id',
  },
  revocations: {
    name: 'agent.revocations.v1',
    partitions: 'single',
    retentionHours: 7 * day,
    compacted: false,
    why: 'signed commands; key: tenant and agent; one partition so that breakers and brokers see one order',
  },
  results: {
    name: 'agent.revocations.results.v1',
    partitions: 'single',
    retentionHours: 30 * day,
    compacted: false,
    why: "brokers' answers",
  },
  registry: {
    name: 'agent.registry.v1',
    partitions: 'single',
    retentionHours: 365 * day,
    compacted: true,
    why: 'registry entries; key: tenant and agent',
  },
} as const satisfies Record<string, Topic>
