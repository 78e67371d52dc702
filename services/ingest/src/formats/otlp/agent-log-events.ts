import { passedOverNames } from './otlp-record.ts'

/** A coding agent's log event: a call of a tool by this name, or one that tells of none. */
export interface AgentLogEvent {
  readonly name: string
  readonly passed_over?: string
}

/** Events that tell of a call, and what else each agent writes. */
const sources = [
  {
    prefix: 'claude_code.',
    calls: ['tool_result'],
    others: [
      ...['user_prompt', 'api_request', 'api_error', 'api_request_body', 'api_response_body', 'tool_decision'],
      ...['permission_mode_changed', 'auth', 'mcp_server_connection', 'skill_activated', 'plugin_installed'],
      ...['hook_execution_start', 'hook_execution_complete', 'compaction', 'at_mention', 'api_retries_exhausted'],
      ...['feedback_survey', 'internal_error', 'subagent_completed', 'hook_registered', 'plugin_loaded'],
      ...['assistant_response', 'api_refusal'],
    ],
  },
  {
    prefix: 'codex.',
    calls: ['tool_result'],
    others: [
      ...['conversation_starts', 'api_request', 'sse_event', 'websocket_request', 'websocket_event', 'user_prompt'],
      ...['tool_decision', 'websocket_connect', 'sandbox_assessment'],
    ],
  },
  ...['gemini_cli.', 'qwen-code.'].map((prefix) => ({
    prefix,
    // A file operation is part of a call that has an event of its own.
    calls: ['tool_call'],
    others: [
      ...['config', 'user_prompt', 'api_request', 'api_response', 'api_error', 'file_operation', 'flash_fallback'],
      ...['slash_command', 'slash_command.model', 'chat_compression', 'next_speaker_check', 'model_routing'],
      ...['agent.start', 'agent.finish', 'conversation_finished', 'malformed_json_response', 'invalid_chunk'],
      ...['loop_detected', 'extension_install', 'extension_uninstall', 'extension_enable', 'extension_disable'],
      ...['tool_output_truncated', 'ide_connection', 'ripgrep_fallback', 'extension_update', 'startup_stats'],
      ...['chat.content_retry', 'chat.content_retry_failure', 'chat.invalid_chunk', 'api_retry', 'plan.execution'],
      'approval_mode_switch',
    ],
  })),
]

const known = new Map<string, AgentLogEvent>(
  sources.flatMap(({ prefix, calls, others }) => [
    ...calls.map((name) => [`${prefix}${name}`, { name: `${prefix}${name}` }] as const),
    ...others.map(
      (name) => [`${prefix}${name}`, { name: `${prefix}${name}`, passed_over: `${prefix}${name}` }] as const,
    ),
  ]),
)
/** Whether a service is a coding agent, of which each person has one. */
export const isCodingAgent = (service: unknown): boolean =>
  typeof service === 'string' && /^(?:claude-code|codex|gemini-cli|qwen-code)/.test(service)

const prefixes = sources.map(({ prefix }) => prefix)

/** Messages and details of model calls, which OpenTelemetry's conventions write as events. */
const conversation = { name: 'gen_ai', passed_over: passedOverNames.conversation }

/**
 * What an event's name says; `null` where it is no coding agent's. A name that is not known of a known agent is passed over as its other
 * event: names are counted, and senders must not make up any number of them.
 */
export function codingAgentEventOf(name: string): AgentLogEvent | null {
  const event = known.get(name)
  if (event !== undefined) return event
  if (name.startsWith('gen_ai.')) return conversation
  const prefix = prefixes.find((one) => name.startsWith(one))
  return prefix === undefined ? null : { name: prefix, passed_over: `${prefix}*` }
}
