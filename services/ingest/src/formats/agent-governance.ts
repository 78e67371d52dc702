import type { JsonObject } from '../record/field-reader.ts'
import type { Format } from './format.ts'
import { readByTable } from './table/read-by-table.ts'
import { codeText } from './table/source.ts'

const outcomes = {
  ...{ success: 'success', allowed: 'success', allow: 'success', ok: 'success', completed: 'success' },
  ...{ denied: 'denied', deny: 'denied', blocked: 'denied', block: 'denied', require_approval: 'denied' },
  ...{ failure: 'failure', error: 'failure', failed: 'failure', timeout: 'failure' },
}

/** The audit log of Microsoft's Agent Governance Toolkit: entries that are chained by their hashes, or its OpenTelemetry logs. */
export const agentGovernance: Format = {
  name: 'agent-governance',
  title: 'Microsoft Agent Governance Toolkit: audit entries',
  marks: ['agent_did'],
  detect: (value) => 'agent_did' in value && 'action' in value && ('entry_id' in value || 'policy_decision' in value),
  read: readByTable({
    id: 'entry_id',
    time: ['timestamp', 'time'],
    agent: 'agent_did',
    names: ['agent_did', 'agent_id', 'agent_name'],
    owner: 'data/owner',
    session: ['session_id', 'trace_id'],
    trace: 'trace_id',
    parent_agent: ['parent_did', 'data/delegator', 'data/parent_agent'],
    privilege: ['data/privilege', 'data/ring'],
    tool: [(record) => toolOf(record), 'data/tool_name', 'data/tool'],
    system: ['data/system', 'data/server', systemOf, { constant: 'agent-governance' }],
    resource: 'resource',
    action: 'action',
    destinations: ['target_did', 'data/destination', 'data/url'],
    argument_names: ['data/arguments', 'data/parameters', 'data/params'],
    outcome: [
      { at: 'policy_decision', values: { deny: 'denied', denied: 'denied', block: 'denied', blocked: 'denied' } },
      { at: 'outcome', values: outcomes },
      { at: 'policy_decision', values: outcomes },
    ],
    records: ['data/rows', 'data/records', 'data/record_count'],
    source_ip: 'data/source_ip',
  }),
}

/** `tool:db.read` calls the tool `db.read`. */
const toolOf = (record: JsonObject): unknown => /^tool[:/](.+)$/.exec(codeText(record.action))?.[1]

/** `db://crm/contacts` lies in `crm`, or in whatever stands before its first colon or slash. */
function systemOf(record: JsonObject): unknown {
  const [, scheme, host] = /^([a-z][\w+.-]*):\/\/([^/]*)/i.exec(codeText(record.resource)) ?? []
  return host === '' ? scheme : host
}
