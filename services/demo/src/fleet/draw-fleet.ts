import { hourMs } from '@straylight/schemas/duration'
import { credentialPrefix } from './credential-at.ts'
import { type Company, drawAction, drawRole, drawSystem, type NamingStyle } from './draw-role.ts'
import type { Fleet, FleetAgent, FleetRole } from './fleet.ts'
import { inventWord } from './invent-word.ts'
import { mailTemplate, type RoleTemplate, roleTemplates } from './role-template.ts'
import { type FleetRandom, fleetRandom } from './seeded-random.ts'

/**
 * Draws a company's fleet of some 40 agents in five roles from a seed (any whole number). Names of agents, systems,
 * tools, hosts, mail domains and privileges, sizes, work hours and habits all come from the seed: what catches a
 * hijacked agent here cannot have learnt its vocabulary beforehand.
 */
export function drawFleet(seed: number): Fleet {
  const random = fleetRandom('fleet', seed)
  const company = drawCompany(random)
  const roles = drawRoles(random, company)
  const agents = roles.flatMap(({ role, template }) =>
    Array.from({ length: random.whole(7, 9) }, () => ({ role, template })),
  )
  const drawn = agents.map(({ role, template }, index) =>
    drawAgent(fleetRandom('agent', seed, index), role, template, index),
  )
  const tenant = company.mail_domain.slice(0, company.mail_domain.indexOf('.'))
  return {
    seed,
    tenant,
    mail_domain: company.mail_domain,
    privileges: company.privileges,
    roles: roles.map(({ role }) => role),
    agents: drawn,
    registry: registryOf(tenant, drawn),
  }
}

const privilegeNames: readonly Fleet['privileges'][] = [
  { read: 'read', write: 'write', admin: 'admin' },
  { read: 'viewer', write: 'editor', admin: 'owner' },
  { read: 'reader', write: 'contributor', admin: 'administrator' },
]

const actionStyles: readonly NamingStyle['action'][] = [
  (verb, noun) => `${noun}.${verb}`,
  (verb, noun) => `${verb}_${noun}`,
  (verb, noun) => verb + noun.charAt(0).toUpperCase() + noun.slice(1),
  (verb, noun) => `${noun}:${verb}`,
]

function drawCompany(random: FleetRandom): Company {
  const mail_domain = `${inventWord(random, 3)}.example`
  const separator = random.choice(['.', '/', '__'])
  const style: NamingStyle = {
    action: random.choice(actionStyles),
    tool: (system, action) => system + separator + action,
  }
  const company = {
    mail_domain,
    privileges: random.choice(privilegeNames),
    style,
    staff: Array.from({ length: 400 }, (_, number) => `staff-${1000 + number * 7}@${mail_domain}`),
  }
  const mailSystem = drawSystem(random, mailTemplate)
  const mail = mailTemplate.actions.map((idea) => drawAction(random, idea, mailSystem, { ...company, mail: [] }))
  return { ...company, mail }
}

/** Roles whose names happen to be drawn alike would be one peer group: drawn again. */
function drawRoles(random: FleetRandom, company: Company): { role: FleetRole; template: RoleTemplate }[] {
  const roles: { role: FleetRole; template: RoleTemplate }[] = []
  for (const template of roleTemplates) {
    let role = drawRole(random, template, company)
    while (roles.some((other) => other.role.name === role.name)) role = drawRole(random, template, company)
    roles.push({ role, template })
  }
  return roles
}

/** Software works around the clock, but most where its people are awake: a floor and a hump of eight to eleven hours. */
function drawHours(random: FleetRandom): number[] {
  const start = random.whole(5, 10)
  const length = random.whole(8, 11)
  const floor = 0.1 + 0.3 * random.uniform()
  return Array.from({ length: 24 }, (_, hourOfDay) => (hourOfDay >= start && hourOfDay < start + length ? 1 : floor))
}

function drawAgent(random: FleetRandom, role: FleetRole, template: RoleTemplate, index: number): FleetAgent {
  const workflows = random.some(role.workflows, random.whole(3, Math.min(8, role.workflows.length)))
  const systems = new Set(role.actions.map(({ system }) => system))
  const host = inventWord(random, 2)
  return {
    index,
    agent: `${role.name}-${inventWord(random)}-${index + 1}`,
    role,
    tier: random.choice(template.tiers),
    // Each agent weighs the role's tasks in its own way.
    workflows: workflows.map((workflow) => ({ ...workflow, weight: workflow.weight * random.logUniform(0.5, 2) })),
    sessions_per_day: random.logUniform(4, 12),
    hours: drawHours(random),
    weekend: 0.3 + 0.7 * random.uniform(),
    size: random.logNormal(1, 0.2),
    scopes: [...systems].map((system) => `${system}:use`),
    credential_lifetime_ms: random.choice([1, 2, 4, 8, 12]) * hourMs,
    sources: Array.from({ length: random.whole(1, 3) }, (_, number) => ({
      ip: `10.${20 + (index % 8)}.${random.whole(0, 250)}.${random.whole(1, 250)}`,
      host: `${host}-${number + 1}`,
    })),
  }
}

function registryOf(tenant: string, agents: readonly FleetAgent[]): Fleet['registry'] {
  return {
    version: 1,
    agents: agents.map(({ agent, role, tier, credential_lifetime_ms }) => ({
      tenant,
      agent,
      owner: role.owner,
      tier,
      role: role.name,
      aliases: [`spiffe://${role.owner.slice(role.owner.indexOf('@') + 1)}/agents/${agent}`],
      credentials: { prefixes: [credentialPrefix(agent)] },
      credential_lifetime_hours: credential_lifetime_ms / hourMs,
    })),
  }
}
