import { type Asker, tenantFor } from '../asker.ts'
import type { ConsoleGround } from '../console-ground.ts'
import { ConsoleProblem } from '../console-problem.ts'
import type { AssignBody, AssignedAlert, PossibleAssignees } from '../contract/assignees.ts'
import { alertOf } from './alert-page.ts'

/** Users who may answer alerts of a tenant: those of the file, and those who are signed in now. */
export type PeopleOf = (tenant: string) => Promise<readonly string[]>

interface AssignParts {
  readonly ground: ConsoleGround
  readonly people: PeopleOf
}

/** Gives alerts to people, one at a time: of two who take one, the second hears of the first. */
export function createAssignAlert({ ground, people }: AssignParts) {
  let before: Promise<unknown> = Promise.resolve()
  const possible = async (asker: Asker, tenant: string): Promise<string[]> =>
    [...new Set([asker.user, ...(await people(tenant))])].sort()
  return {
    async possible(asker: Asker, { alert: id }: { alert: string }): Promise<PossibleAssignees> {
      const { alert } = await alertOf(ground, asker, id)
      return { as_of: ground.now(), names: await possible(asker, alert.tenant) }
    },
    /** Throws `not_found`, `changed_since`, or `bad_request` where nobody of that name may answer it. */
    assign(asker: Asker, body: AssignBody): Promise<AssignedAlert> {
      const answer = before.then(() => given(ground, asker, { body, possible }))
      before = answer.catch(() => undefined)
      return answer
    },
  }
}

async function given(
  ground: ConsoleGround,
  asker: Asker,
  { body, possible }: { body: AssignBody; possible: (asker: Asker, tenant: string) => Promise<string[]> },
): Promise<AssignedAlert> {
  const { alert } = await alertOf(ground, asker, body.alert_id)
  const { id, tenant, agent } = alert
  tenantFor(asker, tenant)
  const [now] = await ground.assignees.withAssignees([{ id, tenant }])
  const holder = now?.assignee?.name ?? null
  if (holder !== body.was) {
    const whose = holder === null ? 'nobody has it' : `${holder} has it`
    throw new ConsoleProblem('changed_since', `It changed hands since it was shown: ${whose} now. Look again.`)
  }
  if (body.assignee !== null && !(await possible(asker, tenant)).includes(body.assignee)) {
    const who = 'whoever is in the file of users, or signed in now, as an analyst or more'
    throw new ConsoleProblem('bad_request', `"${body.assignee}" may not answer this alert. Expected ${who}.`)
  }
  const said = { assignee: body.assignee, assigned_by: asker.user, assigned_at: ground.now() }
  await ground.assignees.say({ tenant, agent, alert_id: id, ...said })
  return { alert_id: id, ...said }
}
