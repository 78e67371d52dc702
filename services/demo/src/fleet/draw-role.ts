import type { Action, ActionKind, Fleet, FleetRole, FleetStep, Size, Workflow } from './fleet.ts'
import { inventWord, inventWords } from './invent-word.ts'
import type { ActionTemplate, RoleTemplate, SystemTemplate } from './role-template.ts'
import type { FleetRandom } from './seeded-random.ts'

/** How a company writes the names of tools: drawn once, kept everywhere, as real companies (nearly) do. */
export interface NamingStyle {
  readonly action: (verb: string, noun: string) => string
  readonly tool: (system: string, action: string) => string
}

/** The company that a role is drawn in. */
export interface Company {
  readonly mail_domain: string
  readonly privileges: Fleet['privileges']
  readonly style: NamingStyle
  readonly staff: readonly string[]
  readonly mail: readonly Action[]
}

/** Medians of bytes sent and received, and of records, from the least to the most a seed may draw. */
const ranges: Record<ActionKind, { sent: [number, number]; received: [number, number]; records?: [number, number] }> = {
  search: { sent: [80, 300], received: [2_000, 14_000], records: [6, 40] },
  read: { sent: [60, 200], received: [900, 6_000], records: [1, 3] },
  export: { sent: [120, 500], received: [25_000, 300_000], records: [150, 3_000] },
  update: { sent: [250, 1_800], received: [120, 500] },
  create: { sent: [300, 2_400], received: [150, 600] },
  reset: { sent: [90, 260], received: [80, 240] },
  delete: { sent: [70, 200], received: [60, 180] },
  send: { sent: [700, 4_000], received: [90, 300] },
  pay: { sent: [200, 700], received: [200, 600] },
  deploy: { sent: [300, 1_500], received: [400, 3_000] },
  upload: { sent: [15_000, 160_000], received: [100, 300] },
  grant: { sent: [100, 300], received: [80, 200] },
}

const reading: readonly ActionKind[] = ['search', 'read', 'export']

function drawSize(random: FleetRandom, [min, max]: [number, number], sigma: [number, number]): Size {
  return { median: random.logUniform(min, max), sigma: sigma[0] + (sigma[1] - sigma[0]) * random.uniform() }
}

/** Two or three usual sets: the first argument always, the others as the task needs. */
function drawArgumentSets(random: FleetRandom, names: readonly string[]): string[][] {
  const sets = new Map<string, string[]>()
  for (let count = random.whole(2, 3); count > 0; count--) {
    const set = [...names.slice(0, 1), ...random.some(names.slice(1), random.whole(0, 2))]
    sets.set([...set].sort().join(), set)
  }
  return [...sets.values()]
}

/** Gives an idea of a call its name, its arguments and its sizes. */
export function drawAction(random: FleetRandom, template: ActionTemplate, system: string, company: Company): Action {
  const range = ranges[template.kind]
  // An export fetches much the same each time; what a search finds varies.
  const spread: [number, number] = template.kind === 'export' ? [0.2, 0.4] : [0.25, 0.7]
  const noun = random.choice(template.nouns)
  const action = company.style.action(random.choice(template.verbs), noun)
  return {
    kind: template.kind,
    system,
    action,
    tool: company.style.tool(system, action),
    privilege: reading.includes(template.kind) ? company.privileges.read : company.privileges.write,
    argument_sets: drawArgumentSets(random, template.arguments),
    sent: drawSize(random, range.sent, [0.2, 0.5]),
    received: drawSize(random, range.received, spread),
    ...(range.records ? { records: drawSize(random, range.records, spread) } : {}),
    ...(template.destination ? { destination: template.destination } : {}),
    resource: `${noun}/${inventWord(random, 1).slice(0, 3).toUpperCase()}-`,
    failure_rate: random.logUniform(0.003, 0.03),
  }
}

interface Usable {
  readonly action: Action
  readonly use: number
}

export const drawSystem = (random: FleetRandom, template: SystemTemplate): string =>
  `${inventWord(random)}-${random.choice(template.nouns)}`

function drawSystems(random: FleetRandom, template: RoleTemplate, company: Company): Usable[] {
  return template.systems.flatMap((system) => {
    const name = drawSystem(random, system)
    const named = new Map<string, Usable>()
    for (const idea of system.actions) {
      const action = drawAction(random, idea, name, company)
      if (!named.has(action.action)) named.set(action.action, { action, use: idea.use })
    }
    return [...named.values()]
  })
}

/** How often a task starts with looking something up: what it then changes has to be found first. */
const opening: readonly ActionKind[] = ['search', 'read']

function drawWorkflow(random: FleetRandom, usable: readonly Usable[]): Workflow {
  const length = random.whole(3, 8)
  const openers = usable.filter(({ action }) => opening.includes(action.kind))
  const chosen = [random.weighted(openers, ({ use }) => use).action]
  while (chosen.length < length) {
    const last = chosen.at(-1)
    chosen.push(random.weighted(usable, ({ action, use }) => (action === last ? 0 : use)).action)
  }
  const steps = chosen.map((action, place): FleetStep => {
    const optional = place > 0 && random.chance(0.3)
    return {
      action,
      chance: optional ? 0.4 + 0.5 * random.uniform() : 1,
      repeat_max: opening.includes(action.kind) ? random.whole(1, 3) : 1,
    }
  })
  return { weight: random.logUniform(1, 6), steps }
}

/** Addresses of people outside: `purchasing@velor.example`. Functions, never names of persons. */
export function drawCustomer(random: FleetRandom, company = inventWord(random, 3)): string {
  const mailbox = random.choice(['orders', 'purchasing', 'office', 'accounts', 'contact', 'projects', 'logistics'])
  return `${mailbox}${random.chance(0.3) ? `-${random.whole(2, 40)}` : ''}@${company}.example`
}

export const drawAccount = (random: FleetRandom): string =>
  `ZZ${random.whole(10, 99)}${random.whole(10_000_000, 99_999_999)}${random.whole(10_000_000, 99_999_999)}`

export function drawRole(random: FleetRandom, template: RoleTemplate, company: Company): FleetRole {
  const name = random.choice(template.names)
  const own = drawSystems(random, template, company)
  const mail = company.mail.map((action): Usable => {
    return { action: { ...action, destination: template.writes_to }, use: template.mail_use }
  })
  const actions = [...own, ...mail]
  const usable = actions.filter(({ use }) => use > 0)
  const used = usable.filter(({ action }) => action.kind !== 'reset')
  const workflows = Array.from({ length: random.whole(6, 9) }, () => drawWorkflow(random, used))
  return {
    kind: template.kind,
    name,
    owner: `${name}-team@${company.mail_domain}`,
    systems: [...new Set(own.map(({ action }) => action.system))],
    actions: actions.map(({ action }) => action),
    workflows: [...workflows, ...resetWorkflows(random, usable)],
    hosts: inventWords(random, random.whole(4, 9)).map((word) => `${word}.${company.mail_domain}`),
    files: drawFiles(random, name),
    customers: Array.from({ length: random.whole(120, 260) }, () => drawCustomer(random)),
    accounts: Array.from({ length: random.whole(30, 80) }, () => drawAccount(random)),
    // Who writes more knows more people.
    colleagues: random.some(company.staff, Math.round(random.whole(15, 30) * template.mail_use)),
  }
}

/** `/reporting/velor/starin.csv`: a few folders, several files in each. */
function drawFiles(random: FleetRandom, role: string): string[] {
  const folders = inventWords(random, random.whole(3, 6))
  return folders.flatMap((folder) =>
    inventWords(random, random.whole(2, 8)).map((word) => `/${role}/${folder}/${word}.csv`),
  )
}

/** Passwords are reset one at a time, after the person was looked up and before the ticket is closed. */
function resetWorkflows(random: FleetRandom, usable: readonly Usable[]): Workflow[] {
  const reset = usable.find(({ action }) => action.kind === 'reset')
  if (!reset) return []
  const lookup = usable.filter(({ action }) => opening.includes(action.kind))
  const close = usable.filter(({ action }) => action.kind === 'update' || action.kind === 'send')
  return Array.from({ length: 2 }, () => {
    const before = [random.choice(lookup).action, random.choice(lookup).action]
    const steps = [...before, reset.action, random.choice(close).action]
    return { weight: random.logUniform(2, 6), steps: steps.map((action) => ({ action, chance: 1, repeat_max: 1 })) }
  })
}
