/** Lists of records, by the name that whoever ships them gives the list. */
export const listNames = [
  ...['Records', 'records', 'events', 'Events', 'logs', 'Logs', 'logEvents', 'entries', 'items', 'messages'],
  // Graph and Azure answers, Elasticsearch hits, pulled Pub/Sub messages, Event Hubs.
  ...['value', 'values', 'results', 'hits', 'receivedMessages', 'data'],
  // SQS, audit interfaces, tables, and answers that hold one of these.
  ...['Messages', 'audit_logs', 'rows', 'result', 'response', 'lines'],
] as const

/** Lists whose emptiness is said of a document. */
export const plainListNames: readonly string[] = listNames.slice(0, 7)
