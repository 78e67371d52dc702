const key = ['tenant', 'agent', 'hour', 'source_topic', 'source_partition', 'source_offset', 'source_index']
const ofKey = (row: string): string => key.map((column) => `${row}.${column}`).join(', ')

/**
 * SQL from which on events that count are read (`d`): each once, from an hour on, without what is quarantined or confirmed as bad. As the view
 * `learnt_events`, which reads the quarantine of all agents to tell; this reads that of the agents alone. `agents`: a condition on `agent`.
 */
export const learntEvents = (agents: string): string => `events AS d FINAL
WHERE d.tenant = {tenant:String} AND d.agent ${agents} AND d.hour >= {since_hour:UInt32} AND (${ofKey('d')}) NOT IN (
  SELECT ${ofKey('h')} FROM held_out AS h FINAL
  WHERE h.tenant = {tenant:String} AND h.agent ${agents} AND h.hour >= {since_hour:UInt32} AND h.state IN ('held', 'confirmed'))`

/** SQL that holds of an event `d` which is not learnt: it waits for somebody's answer, or a person called it true. */
export const notLearnt = (agents: string): string => `((${ofKey('d')}) IN (
  SELECT ${ofKey('h')} FROM held_out AS h FINAL
  WHERE h.tenant = {tenant:String} AND h.agent ${agents} AND h.hour >= {since_hour:UInt32} AND h.state IN ('held', 'confirmed')))`
