/** How a source's log gets to Straylight: a shipper with the name of its part there, or a command. */
export type Shipping =
  | { readonly shipper: string; readonly part: string }
  | { readonly otlp: readonly string[] }
  | { readonly pull: readonly string[] }
  | { readonly sends: string }

/** One kind of log, as its page in `docs/sources/` says how to get it. */
export interface LogSource {
  /** Name of its page. */
  readonly name: string
  /** The format that reads it, where that is called otherwise. */
  readonly format?: string
  readonly title?: string
  /** A file of the format's samples, where the page's record comes from a certain one. */
  readonly sample?: string
  /** How the source is made to write it. */
  readonly switch_on: string
  readonly ship: Shipping
}

const vector = 'deploy/log-shippers/vector-audit-logs.yaml'
const gateways = { shipper: vector, part: 'gateways' } as const
const bucket = { shipper: vector, part: 'bucket' } as const
const eventHub = { shipper: vector, part: 'event_hub' } as const
const googleCloud = { shipper: vector, part: 'google_cloud' } as const
const written = { sends: 'what it wrote' } as const
const otlp = (...more: readonly string[]) =>
  ({
    otlp: [
      ...more,
      'export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:8700 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
      'export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer $TOKEN"',
    ],
  }) as const
const pull = (...commands: readonly string[]) => ({ pull: commands }) as const

/** Every source that has a page: at least one for each format. */
export const logSources: readonly LogSource[] = [
  {
    name: 'native',
    switch_on: 'Let your agent, or the gateway of its tools, write one JSON object a line for each action to a file.',
    ship: { shipper: 'deploy/log-shippers/vector.yaml', part: 'agents' },
  },
  {
    name: 'cloudevents',
    sample: 'structured',
    switch_on:
      'Emit events of type `agent.action.v1` with the [native form](native.md) as `data`, structured, binary or in batches.',
    ship: {
      sends:
        'what your emitter writes (its HTTP sink may post to `/v1/events` itself, as `application/cloudevents+json`)',
    },
  },
  {
    name: 'otlp',
    title: 'OpenTelemetry: agents of any kit that writes GenAI or MCP spans',
    sample: 'mcp-client',
    switch_on:
      'Turn on the kit’s OpenTelemetry instrumentation. Name the agent on its spans (`gen_ai.agent.name`); else `service.name` is the agent.',
    ship: otlp('export OTEL_SERVICE_NAME=invoice-bot'),
  },
  {
    name: 'claude-code',
    format: 'otlp',
    title: 'Claude Code: its log events, its traces, or both',
    sample: 'claude-code-logs-and-traces',
    switch_on:
      'Set the variables below where Claude Code runs, or in its managed settings. `OTEL_LOG_TOOL_DETAILS=1` adds names of MCP servers and arguments. Traces (`OTEL_TRACES_EXPORTER=otlp`, a beta of theirs) may be on as well: a call counts once.',
    ship: otlp('export CLAUDE_CODE_ENABLE_TELEMETRY=1 OTEL_LOGS_EXPORTER=otlp'),
  },
  {
    name: 'codex',
    format: 'otlp',
    title: 'Codex: its log events',
    sample: 'codex',
    switch_on:
      'In `~/.codex/config.toml`: `[otel]` with `exporter = { otlp-http = { endpoint = "http://127.0.0.1:8700/v1/logs", protocol = "binary", headers = { authorization = "Bearer TOKEN" } } }`.',
    ship: { otlp: [] },
  },
  {
    name: 'gemini-cli',
    format: 'otlp',
    title: 'Gemini CLI and Qwen Code: their log events',
    sample: 'gemini-cli',
    switch_on:
      'Set the variables below, or the same under `telemetry` in `.gemini/settings.json`. Leave its traces off, or see [OpenTelemetry](../opentelemetry.md).',
    ship: otlp(
      'export GEMINI_TELEMETRY_ENABLED=true GEMINI_TELEMETRY_TARGET=local',
      'export GEMINI_TELEMETRY_OTLP_PROTOCOL=http GEMINI_TELEMETRY_OTLP_ENDPOINT=http://127.0.0.1:8700',
    ),
  },
  {
    name: 'cloudtrail',
    sample: 'records',
    switch_on:
      'Make a trail that writes management events, and the data events of what your agents touch, to a bucket of S3.',
    ship: bucket,
  },
  {
    name: 'ocsf',
    switch_on:
      'Export API activity, datastore, web, file and identity classes as JSON lines: from Security Lake, or from your SIEM. Parquet has to be written as JSON first.',
    ship: bucket,
  },
  {
    name: 'openai-agents',
    switch_on:
      'Add a trace processor that appends the JSON of `export()` of each trace and span to a file, a line each.',
    ship: written,
  },
  {
    name: 'langfuse',
    switch_on: 'Nothing: observations are there.',
    ship: pull(
      'curl -u "$LANGFUSE_PUBLIC_KEY:$LANGFUSE_SECRET_KEY" "$LANGFUSE_HOST/api/public/observations?limit=100" > langfuse.ndjson',
    ),
  },
  {
    name: 'langsmith',
    switch_on: 'Nothing: runs are there.',
    ship: pull(
      'curl -H "x-api-key: $LANGSMITH_API_KEY" -H "content-type: application/json" -d \'{"session":["\'$PROJECT_ID\'"]}\' https://api.smith.langchain.com/api/v1/runs/query > langsmith.ndjson',
    ),
  },
  {
    name: 'gcp-audit',
    sample: 'sink',
    switch_on:
      'Turn on Data Access audit logs of the services that your agents use, and make a log sink to a topic of Pub/Sub.',
    ship: googleCloud,
  },
  {
    name: 'google-agent-gateway',
    switch_on: 'Turn on logging at the gateway, and make a log sink of its entries to a topic of Pub/Sub.',
    ship: googleCloud,
  },
  {
    name: 'kubernetes-audit',
    sample: 'log',
    switch_on:
      'Start the API server with `--audit-log-path` and a policy of level `Metadata`; level `Request` for `rolebindings` and `clusterrolebindings`, whose grants are else not seen.',
    ship: { shipper: vector, part: 'kubernetes_audit' },
  },
  {
    name: 'azure-activity',
    sample: 'event-hub',
    switch_on:
      'Make a diagnostic setting of the subscription (category `Administrative`), and of the key vaults and storage accounts that your agents use (`AuditEvent`, `StorageRead`, `StorageWrite`, `StorageDelete`), to an Event Hub.',
    ship: eventHub,
  },
  {
    name: 'google-workspace',
    sample: 'reports',
    switch_on:
      'Nothing: activities are there. Let a service account with the scope `admin.reports.audit.readonly` fetch those of `token`, `drive`, `admin` and `calendar`.',
    ship: pull(
      'curl -H "authorization: Bearer $GOOGLE_TOKEN" "https://admin.googleapis.com/admin/reports/v1/activity/users/all/applications/token" > google-workspace.ndjson',
    ),
  },
  {
    name: 'databricks',
    sample: 'system-table',
    switch_on:
      'Turn on the system schema `access`, and read new rows of `system.access.audit` with a service principal.',
    ship: pull(
      'databricks api post /api/2.0/sql/statements --json \'{"warehouse_id":"\'$WAREHOUSE\'","statement":"select to_json(struct(*)) from system.access.audit where event_date = current_date()"}\' > databricks.ndjson',
    ),
  },
  {
    name: 'snowflake-query',
    switch_on: 'Nothing: the view `SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY` is there. Give a role `GOVERNANCE_VIEWER`.',
    ship: pull(
      'snow sql --format json -q "select * from snowflake.account_usage.query_history where start_time > dateadd(hour, -1, current_timestamp())" > snowflake-query.ndjson',
    ),
  },
  {
    name: 'salesforce-event',
    sample: 'event-log-file',
    switch_on:
      'Turn on Event Monitoring, fetch the hourly event log files of `RestApi`, `Api`, `BulkApi` and `Login`, and write their rows as JSON; or subscribe to `ApiEventStream`.',
    ship: written,
  },
  {
    name: 'bedrock-invocation',
    switch_on: 'Turn on model invocation logging, to S3 or CloudWatch Logs.',
    ship: bucket,
  },
  {
    name: 'graph-activity',
    switch_on:
      'In Entra, make a diagnostic setting with `MicrosoftGraphActivityLogs` to an Event Hub, and add its topic to the shipper.',
    ship: eventHub,
  },
  {
    name: 'entra-audit',
    sample: 'graph',
    switch_on: 'In Entra, make a diagnostic setting with `AuditLogs` to an Event Hub.',
    ship: eventHub,
  },
  {
    name: 'entra-sign-in',
    sample: 'graph',
    switch_on:
      'In Entra, make a diagnostic setting with `ServicePrincipalSignInLogs` and `ManagedIdentitySignInLogs` to an Event Hub.',
    ship: eventHub,
  },
  {
    name: 'okta',
    switch_on: 'Stream the System Log to EventBridge, and from there to a bucket; or fetch pages of the API.',
    ship: bucket,
  },
  {
    name: 'teleport',
    switch_on: 'Run Teleport’s event handler, or read the audit files of its auth service. MCP sessions are in them.',
    ship: written,
  },
  {
    name: 'vault',
    switch_on: 'Run `vault audit enable file file_path=/var/log/vault/audit.log`.',
    ship: { shipper: vector, part: 'vault' },
  },
  {
    name: 'm365-audit',
    switch_on:
      'Turn on auditing in Purview, and fetch content of `Audit.General` (Copilot is in it), `Audit.SharePoint` and `Audit.Exchange` by the Management Activity API.',
    ship: pull(
      'curl -H "authorization: Bearer $GRAPH_TOKEN" "https://manage.office.com/api/v1.0/$ENTRA_TENANT/activity/feed/audit/$CONTENT_ID" > m365-audit.ndjson',
    ),
  },
  {
    name: 'openai-audit',
    switch_on: 'Turn on audit logging in the organisation’s settings, and make an admin key.',
    ship: pull(
      'curl -H "authorization: Bearer $OPENAI_ADMIN_KEY" "https://api.openai.com/v1/organization/audit_logs?limit=100" > openai-audit.ndjson',
    ),
  },
  {
    name: 'anthropic-compliance',
    switch_on: 'Let Anthropic turn on the Compliance API for the organisation, and make a key for it.',
    ship: pull(
      'curl -H "x-api-key: $ANTHROPIC_COMPLIANCE_KEY" "https://api.anthropic.com/v1/compliance/activities" > anthropic-compliance.ndjson',
    ),
  },
  {
    name: 'github',
    sample: 'streaming',
    switch_on: 'Stream the audit log of the enterprise to a bucket; or fetch pages of the API.',
    ship: bucket,
  },
  {
    name: 'agentgateway',
    sample: 'json',
    switch_on:
      'Set `config.logging.format: json`, and add `jwt.sub`, `jwt.jti` and `jwt.exp` under `logging.fields.add`: they say who calls.',
    ship: gateways,
  },
  {
    name: 'envoy-ai-gateway',
    sample: 'access-log',
    switch_on:
      'Give `EnvoyProxy` an `accessLog` in JSON with the names of its documentation (`mcp.method.name`, `mcp.provider.name`), and add `jwt.sub` or `agent.id`.',
    ship: gateways,
  },
  { name: 'tyk', switch_on: 'Set `access_logs.enabled`.', ship: gateways },
  { name: 'toolhive', switch_on: 'Set `audit.enabled`.', ship: gateways },
  { name: 'obot', switch_on: 'Nothing: fetch the audit log by the API, or export it.', ship: written },
  {
    name: 'kong',
    switch_on: 'Turn on `log_statistics` of the AI MCP Proxy, and the plugin `file-log` or `http-log`.',
    ship: gateways,
  },
  {
    name: 'litellm',
    switch_on: 'Set the callback `generic_api` or `s3_v2` of the proxy, or read its table `LiteLLM_SpendLogs`.',
    ship: gateways,
  },
  {
    name: 'azure-apim',
    sample: 'event-hub',
    switch_on: 'Make a diagnostic setting with the MCP log to an Event Hub, and add its topic to the shipper.',
    ship: eventHub,
  },
  {
    name: 'cloudflare-mcp-portal',
    switch_on: 'Make a Logpush job of the MCP portal’s logs to a bucket.',
    ship: bucket,
  },
  {
    name: 'docker-mcp-gateway',
    switch_on: 'Run `docker mcp gateway run --log-calls` in a container, and read Docker’s own log of it.',
    ship: gateways,
  },
  {
    name: 'agentcore-gateway',
    switch_on: 'Turn on log delivery of the gateway, through Firehose to S3 or to CloudWatch Logs.',
    ship: bucket,
  },
  { name: 'agent-audit-trail', switch_on: 'Let the library write its trail to a file.', ship: written },
  {
    name: 'agent-governance',
    switch_on: 'Give the toolkit an audit sink that writes a file of JSON lines, or its OpenTelemetry exporter.',
    ship: written,
  },
  {
    name: 'ecs',
    switch_on: 'Let Beats or Elastic Agent write to Kafka or a file, or export an index as JSON lines.',
    ship: written,
  },
  {
    name: 'json-rpc',
    sample: 'lines',
    switch_on:
      'Let the client or a proxy write each message of MCP as a line, with a time and the client: `{"timestamp":…,"client":…,"server":…,"message":{"jsonrpc":"2.0",…}}`.',
    ship: written,
  },
]
