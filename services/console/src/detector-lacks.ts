import { counted } from '@straylight/schemas/counted'
import { dayMs } from '@straylight/schemas/duration'
import { visibleText } from '@straylight/schemas/visible-text'
import type { AgentDirectory } from './agents/agent-directory.ts'
import { lookalikesOf } from './agents/lookalikes.ts'
import { renamesAmong } from './agents/renames.ts'
import type { Asker } from './asker.ts'
import type { ConsoleGround } from './console-ground.ts'
import type { DetectorLack } from './contract/overview.ts'
import { pipelineCounts } from './pipeline-health.ts'

/** Knowledge is made anew with each day of events: older than this, and baseline may not run. */
const knowledgeDaysMax = 3

/** What the detector itself lacks, what hinders it first. Of one tenant only what is that tenant's own. */
export async function detectorLacks(
  ground: ConsoleGround,
  asker: Asker,
  rows: Awaited<ReturnType<AgentDirectory>>,
): Promise<DetectorLack[]> {
  const agents = [...(await ofNames(ground, asker, rows)), ...(await ofRenames(ground, rows)), ...ofAgents(rows)]
  if (asker.tenant !== null) return agents
  const { ready, reasons } = ground.health()
  const knowledge = await ground.knowledge()
  const {
    rejections_7_days: rejected,
    set_aside_30_days: setAside,
    newest_event_at: newest,
  } = await pipelineCounts(ground)
  const behindDays = newest === null || knowledge === null ? 0 : (newest - knowledge.learnt_until) / dayMs
  return [
    ...(ready === false ? [lack('not_ready', true, `The detector is not ready: ${reasons.join('; ')}.`, null)] : []),
    ...(behindDays > knowledgeDaysMax
      ? [
          lack(
            'knowledge_old',
            true,
            `What is known is ${counted(Math.floor(behindDays), 'day')} older than the newest event.`,
            behindDays,
          ),
        ]
      : []),
    ...(rejected > 0
      ? [lack('rejected', false, `${counted(rejected, 'record')} of the last 7 days could not be read.`, rejected)]
      : []),
    ...(setAside > 0
      ? [lack('set_aside', true, `${counted(setAside, 'record')} of the last 30 days were set aside.`, setAside)]
      : []),
    ...agents,
  ]
}

/** Whoever bears the name of another is looked at before all that is merely not registered. */
async function ofNames(
  ground: ConsoleGround,
  asker: Asker,
  rows: Awaited<ReturnType<AgentDirectory>>,
): Promise<DetectorLack[]> {
  const found = await lookalikesOf(ground, asker.tenant ?? '', rows)
  const [first] = found
  if (first === undefined) return []
  const others = found.length === 1 ? '' : `, and ${counted(found.length - 1, 'more agent')} do likewise`
  const sentence = visibleText(
    `${first.agent.agent} is not registered and looks like ${first.looks_like}${others}: see Registry gaps.`,
  )
  return [lack('lookalikes', true, sentence, found.length)]
}

/** Who goes on under a new name, as it seems, with what to write into the registry if it is so. */
async function ofRenames(ground: ConsoleGround, rows: Awaited<ReturnType<AgentDirectory>>): Promise<DetectorLack[]> {
  const found = renamesAmong(await ground.knowledge(), rows)
  const [first] = found
  if (first === undefined) return []
  const others =
    found.length === 1 ? '' : ` ${counted(found.length - 1, 'more agent')} did likewise: see Registry gaps.`
  const what =
    first.write === null
      ? `acts like ${first.looks_like}, which is still active`
      : `looks like ${first.looks_like} under a new name: if it is, write ${first.write} into the registry`
  return [lack('renames', true, visibleText(`${first.agent.agent} ${what}.${others}`), found.length)]
}

function ofAgents(rows: Awaited<ReturnType<AgentDirectory>>): DetectorLack[] {
  let [strangers, unowned, unseen, learning] = [0, 0, 0, 0]
  for (const { registered, owner, state } of rows) {
    if (!registered) strangers += 1
    else if (owner === null) unowned += 1
    if (state === 'never_seen') unseen += 1
    if (state === 'learning') learning += 1
  }
  return [
    ...(strangers > 0
      ? [lack('strangers', false, `${counted(strangers, 'agent')} not in the registry.`, strangers)]
      : []),
    ...(unowned > 0 ? [lack('unowned', false, `${counted(unowned, 'agent')} without an owner.`, unowned)] : []),
    ...(unseen > 0
      ? [lack('never_seen', false, `${counted(unseen, 'agent')} registered and never seen.`, unseen)]
      : []),
    ...(learning > 0
      ? [lack('learning', false, `${counted(learning, 'agent')} not known well enough yet.`, learning)]
      : []),
  ]
}

const lack = (kind: DetectorLack['kind'], serious: boolean, sentence: string, count: number | null): DetectorLack => ({
  ...{ kind, serious, sentence, count },
})
