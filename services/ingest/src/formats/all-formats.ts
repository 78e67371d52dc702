import { agentAuditTrail } from './agent-audit-trail.ts'
import { agentGovernance } from './agent-governance.ts'
import { agentcoreGateway } from './agentcore-gateway.ts'
import { agentgateway } from './agentgateway.ts'
import { anthropicCompliance } from './anthropic-compliance.ts'
import { azureActivity } from './azure-activity.ts'
import { azureApim } from './azure-apim.ts'
import { bedrockInvocation } from './bedrock-invocation.ts'
import { cloudevents } from './cloudevents.ts'
import { cloudflareMcpPortal } from './cloudflare-mcp-portal.ts'
import { cloudtrail } from './cloudtrail.ts'
import { databricks } from './databricks.ts'
import { dockerMcpGateway } from './docker-mcp-gateway.ts'
import { ecs } from './ecs.ts'
import { entraAudit } from './entra-audit.ts'
import { entraSignIn } from './entra-sign-in.ts'
import { envoyAiGateway } from './envoy-ai-gateway.ts'
import type { Format } from './format.ts'
import { gcpAudit } from './gcp-audit.ts'
import { github } from './github.ts'
import { googleAgentGateway } from './google-agent-gateway.ts'
import { googleWorkspace } from './google-workspace.ts'
import { graphActivity } from './graph-activity.ts'
import { jsonRpc } from './json-rpc.ts'
import { langfuse } from './kits/langfuse.ts'
import { langsmith } from './kits/langsmith.ts'
import { openaiAgents } from './kits/openai-agents.ts'
import { kong } from './kong.ts'
import { kubernetesAudit } from './kubernetes-audit.ts'
import { litellm } from './litellm.ts'
import { m365Audit } from './m365-audit.ts'
import { native } from './native.ts'
import { obot } from './obot.ts'
import { ocsf } from './ocsf.ts'
import { okta } from './okta.ts'
import { openaiAudit } from './openai-audit.ts'
import { otlp } from './otlp/otlp.ts'
import { salesforceEvent } from './salesforce-event.ts'
import { snowflakeQuery } from './snowflake-query.ts'
import { teleport } from './teleport.ts'
import { toolhive } from './toolhive.ts'
import { tyk } from './tyk.ts'
import { vault } from './vault.ts'

const mcpGateways: readonly Format[] = [
  ...[agentgateway, envoyAiGateway, tyk, toolhive, obot, kong, azureApim, cloudflareMcpPortal, litellm],
  ...[dockerMcpGateway, agentcoreGateway],
]
const kits: readonly Format[] = [openaiAgents, langfuse, langsmith]
const clouds: readonly Format[] = [gcpAudit, googleAgentGateway, kubernetesAudit, bedrockInvocation, azureActivity]
const identities: readonly Format[] = [graphActivity, entraAudit, entraSignIn, okta, teleport, vault]
const services: readonly Format[] = [
  ...[m365Audit, openaiAudit, anthropicCompliance, github, googleWorkspace, databricks],
  ...[snowflakeQuery, salesforceEvent],
]

/** Every format, in the order of asking: of those that a value may be by its field names, the first that recognises it reads it, the most telling marks first. */
export const allFormats: readonly Format[] = [
  ...[cloudevents, otlp, cloudtrail, ocsf],
  ...kits,
  ...clouds,
  ...identities,
  ...services,
  ...mcpGateways,
  ...[agentAuditTrail, agentGovernance, ecs, jsonRpc, native],
]
