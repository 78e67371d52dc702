/**
 * Where each convention writes what an event is made of: the first name that is there counts. Sources: OpenTelemetry's conventions for
 * generative AI and MCP of 2024 to 2026, OpenInference, OpenLLMetry (Traceloop), Vercel's AI SDK, Langfuse, LangSmith, MLflow, Genkit,
 * Google's ADK, and the events of Claude Code, Codex and Gemini CLI.
 */
export const attributeNames = {
  /** Who acts, named on the span itself: a name before an id, which many frameworks make up anew for each run. */
  agent: [
    ...['gen_ai.agent.identity.id', 'gen_ai.agent.identity.name', 'gen_ai.agent.name', 'agent.name', 'agent_name'],
    ...['gen_ai.agent.id', 'ai.telemetry.functionId'],
  ],
  /** Names of something larger that the registry may know as the agent. */
  agentAlias: ['traceloop.workflow.name', 'langfuse.trace.name', 'langsmith.trace.name'],
  tool: [
    'gen_ai.tool.name',
    'mcp.tool.name',
    'tool.name',
    'ai.toolCall.name',
    'tool_name',
    'function_name',
    'spring.ai.tool.definition.name',
  ],
  /** Names of a span that is a tool's by its kind. */
  toolSpan: ['traceloop.entity.name', 'genkit:name'],
  call: [
    ...['gen_ai.tool.call.id', 'ai.toolCall.id', 'tool_call.id', 'tool.id', 'tool_use_id', 'call_id'],
    'gen_ai.tool.call_id',
  ],
  session: [
    ...['gen_ai.conversation.id', 'session.id', 'conversation.id', 'langfuse.session.id'],
    ...['traceloop.association.properties.session_id', 'ai.telemetry.metadata.sessionId', 'langsmith.trace.session_id'],
    ...['gcp.vertex.agent.session_id', 'mlflow.trace.session', 'lmnr.association.properties.session_id'],
    'gen_ai.thread.id',
  ],
  server: ['mcp.server.name', 'mcp_server_name', 'mcp.target', 'mcp_server'],
  address: ['server.address', 'net.peer.name'],
  port: ['server.port', 'net.peer.port'],
  peer: ['peer.service'],
  resource: ['mcp.resource.uri', 'gen_ai.data_source.id', 'gen_ai.memory.store.id', 'gen_ai.prompt.name'],
  client: ['client.address', 'network.peer.address'],
  success: ['success', 'gen_ai.tool.success'],
  error: ['error.type', 'error_type', 'rpc.response.status_code', 'http.response.status_code'],
  sent: ['http.request.body.size', 'http.request_content_length', 'tool_input_size_bytes'],
  received: ['http.response.body.size', 'http.response_content_length', 'tool_result_size_bytes', 'content_length'],
  records: ['db.response.returned_rows'],
  /** What went into a call, in full: measured and let go. */
  arguments: [
    ...[
      'gen_ai.tool.call.arguments',
      'gen_ai.tool.arguments',
      'gen_ai.tool.input',
      'tool_arguments',
      'ai.toolCall.args',
      'input.value',
    ],
    'ai.toolCall.input',
    ...['tool.parameters', 'traceloop.entity.input', 'langfuse.observation.input', 'gcp.vertex.agent.tool_call_args'],
    ...['spring.ai.tool.call.arguments', 'mcp.tool.arguments', 'gen_ai.prompt'],
    ...[
      'lmnr.span.input',
      'mlflow.spanInputs',
      'genkit:input',
      'arguments',
      'function_args',
      'tool_input',
      'tool_parameters',
    ],
  ],
  /** What came out of it. */
  result: [
    ...['gen_ai.tool.call.result', 'gen_ai.tool.output', 'tool_response', 'ai.toolCall.result', 'output.value'],
    'ai.toolCall.output',
    ...['traceloop.entity.output', 'langfuse.observation.output', 'gcp.vertex.agent.tool_response'],
    ...['spring.ai.tool.call.result', 'mcp.tool.result', 'gen_ai.completion'],
    ...['lmnr.span.output', 'mlflow.spanOutputs', 'genkit:output', 'output', 'tool_output'],
  ],
} as const satisfies Record<string, readonly string[]>

/** Names that are read in one place only. */
const single = [
  ...['mcp.method.name', 'network.transport', 'langfuse.observation.level', 'graph.node.id', 'graph.node.name'],
  ...['agt.agent.id', 'agt.audit.action', 'agt.audit.decision', 'agt.audit.resource', 'agt.audit.id'],
  ...['logfire.span_type', 'tool.status', 'to_mode', 'file_path', 'notebook_path'],
  // Of coding agents' events.
  ...['event.name', 'event.timestamp', 'event.sequence', 'decision', 'decision_type', 'status', 'error'],
  ...[
    'user.account_uuid',
    'user.account_id',
    'user.email',
    'user.id',
    'installation.id',
    'organization.id',
    'tool_type',
  ],
] as const

const ofResource = [
  ...['service.name', 'service.namespace', 'service.instance.id', 'gen_ai.agent.name', 'gen_ai.agent.id'],
  ...['host.name', 'host.ip', 'tenant.id', 'user.email', 'user.account_uuid', 'organization.id', 'session.id'],
  'openinference.project.name',
] as const

const { arguments: argumentNames, result: resultNames, ...scalars } = attributeNames

/** What a span is, by what one attribute says in lower case. */
export type SpanKind = 'tool' | 'read' | 'agent' | 'model' | 'other'

const kindTables: readonly { readonly name: string; readonly kinds: Readonly<Record<string, SpanKind>> }[] = [
  {
    name: 'gen_ai.operation.name',
    kinds: {
      ...{ execute_tool: 'tool', invoke_agent: 'agent', chat: 'model', text_completion: 'model' },
      ...{ generate_content: 'model', embeddings: 'model', create_agent: 'other', invoke_workflow: 'other' },
      ...{ plan: 'other', retrieval: 'read', create_memory: 'read', search_memory: 'read', update_memory: 'read' },
      ...{ upsert_memory: 'read', delete_memory: 'read', create_memory_store: 'read', delete_memory_store: 'read' },
    },
  },
  {
    name: 'mcp.method.name',
    // `call_tool` and its like: gateways' older spelling.
    kinds: {
      ...{ 'tools/call': 'tool', call_tool: 'tool', 'resources/read': 'read', read_resource: 'read' },
      ...{ 'prompts/get': 'read', get_prompt: 'read', 'tools/list': 'other', initialize: 'other', ping: 'other' },
      ...{ 'resources/list': 'other', 'prompts/list': 'other' },
    },
  },
  {
    name: 'openinference.span.kind',
    kinds: {
      ...{ tool: 'tool', agent: 'agent', llm: 'model', embedding: 'model', reranker: 'model', retriever: 'read' },
      ...{ chain: 'other', guardrail: 'other', evaluator: 'other', prompt: 'other' },
    },
  },
  { name: 'traceloop.span.kind', kinds: { tool: 'tool', agent: 'agent', workflow: 'other', task: 'other' } },
  {
    name: 'ai.operationId',
    kinds: {
      ...{ 'ai.toolcall': 'tool', 'ai.generatetext': 'model', 'ai.streamtext': 'model', 'ai.generateobject': 'model' },
      ...{ 'ai.streamobject': 'model', 'ai.generatetext.dogenerate': 'model', 'ai.streamtext.dostream': 'model' },
      ...{ 'ai.embed': 'model', 'ai.embedmany': 'model' },
    },
  },
  {
    name: 'langfuse.observation.type',
    kinds: {
      ...{ tool: 'tool', agent: 'agent', generation: 'model', embedding: 'model', retriever: 'read', chain: 'other' },
      ...{ span: 'other', event: 'other', evaluator: 'other', guardrail: 'other' },
    },
  },
  { name: 'langsmith.span.kind', kinds: { tool: 'tool', llm: 'model', retriever: 'read', chain: 'other' } },
  {
    name: 'mlflow.spanType',
    kinds: {
      '"tool"': 'tool',
      tool: 'tool',
      '"agent"': 'agent',
      agent: 'agent',
      '"llm"': 'model',
      '"retriever"': 'read',
    },
  },
  // Claude Code's own spans.
  {
    name: 'span.type',
    kinds: {
      ...{ tool: 'tool', llm_request: 'model', interaction: 'other', 'tool.execution': 'other', hook: 'other' },
      ...{ 'tool.blocked_on_user': 'other' },
    },
  },
  { name: 'spring.ai.kind', kinds: { tool_call: 'tool', chat_client: 'other', advisor: 'other' } },
  {
    name: 'mastra.span.type',
    kinds: { tool_call: 'tool', mcp_tool_call: 'tool', agent_run: 'agent', model_generation: 'model' },
  },
  {
    name: 'gen_ai.span.kind',
    kinds: { tool: 'tool', agent: 'agent', llm: 'model', embedding: 'model', retriever: 'read', chain: 'other' },
  },
  { name: 'lmnr.span.type', kinds: { tool: 'tool', llm: 'model', default: 'other', evaluator: 'other' } },
  { name: 'genkit:metadata:subtype', kinds: { tool: 'tool', model: 'model', retriever: 'read' } },
]

/** Attributes that say what a span is, the most telling first. A value that is not listed says nothing. */
export const spanKinds: readonly { readonly name: string; readonly kinds: ReadonlyMap<string, SpanKind> }[] =
  kindTables.map(({ name, kinds }) => ({ name, kinds: new Map(Object.entries(kinds)) }))

/** What was said in a model call, in full: looked through for what calls were given and gave back, and let go. */
const messageNames = ['gen_ai.input.messages', 'gen_ai.output.messages'] as const

/** What is done with an attribute of a span or a log record; one that is not here is left out unread. */
export const attributeUse: ReadonlyMap<string, 'kept' | 'arguments' | 'result' | 'messages'> = new Map([
  ...messageNames.map((name) => [name, 'messages'] as const),
  ...[...Object.values(scalars).flat(), ...single, ...kindTables.map(({ name }) => name)].map(
    (name) => [name, 'kept'] as const,
  ),
  ...argumentNames.map((name) => [name, 'arguments'] as const),
  ...resultNames.map((name) => [name, 'result'] as const),
])

/** Attributes of a resource that are read. */
export const resourceNames: ReadonlySet<string> = new Set<string>(ofResource)
