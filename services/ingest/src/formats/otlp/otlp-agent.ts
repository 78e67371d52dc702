import { isCodingAgent } from './agent-log-events.ts'
import { attributeNames } from './attribute-names.ts'
import { firstValue, type RecordParts, serviceOf } from './record-parts.ts'

/** Who acted: names for the registry, of which the first stands where it knows none of them, and the agent that asked for it. */
export interface OtlpAgent {
  readonly names: readonly unknown[]
  readonly parent_agent: unknown
}

/** Attributes that name the person whose coding agent writes an event. */
const people = ['user.account_uuid', 'user.account_id', 'user.email', 'user.id', 'installation.id']

/** The agent of a record: its own attributes, the agents that run around it, then its resource. */
export function otlpAgent(parts: RecordParts): OtlpAgent {
  const { record, own, related, resource } = parts
  const around: readonly unknown[] = Array.isArray(record.agents) ? record.agents : []
  const service = serviceOf(resource)
  const named = attributeNames.agent.map((name) => own[name])
  const twin = firstValue(related, attributeNames.agent)
  const ofResource = [resource['gen_ai.agent.name'], resource['gen_ai.agent.id']]
  const aliases = [...attributeNames.agentAlias.map((name) => own[name]), resource['service.instance.id']]
  const person = personalAgent(parts, service)
  const candidates =
    record.otlp === 'log'
      ? [...named.slice(0, 4), person, ...ofResource, service]
      : [...named, twin, ...around, isCodingAgent(service) ? person : undefined, ...ofResource, service]
  const names = candidates.filter(isGiven)
  const acting = names[0]
  if (acting !== undefined) for (const alias of aliases) if (isGiven(alias)) names.push(alias)
  return {
    names,
    parent_agent:
      around.find((agent) => isGiven(agent) && agent !== acting && !named.includes(agent)) ??
      // A subagent works for the coding agent that started it.
      (record.otlp === 'log' && acting !== person && named.includes(acting) ? person : undefined),
  }
}

const isGiven = (name: unknown): boolean => name !== undefined && name !== null && name !== ''

/** One person's coding agent: what it usually does is that person's work, and not that of everybody who has installed it. */
function personalAgent({ own, resource }: RecordParts, service: unknown): string | undefined {
  const person = firstValue(own, people) ?? firstValue(resource, people)
  return typeof service === 'string' && typeof person === 'string' ? `${service}/${person}` : undefined
}
