import { constants, getPriority, setPriority } from 'node:os'
import type { StageName } from '../deployment/stage-names.ts'

const behindOthers = constants.priority.PRIORITY_BELOW_NORMAL

/**
 * Where baseline has a process of its own, that takes the processor time which others leave: on a machine that has less than it
 * needs, what is stored comes later, not what is detected. Called before anything is opened, since threads take over the priority
 * of their maker.
 */
export function giveWay(stages: readonly StageName[]): void {
  const alone = stages.length > 0 && stages.every((stage) => stage === 'baseline')
  if (alone && getPriority() < behindOthers) setPriority(behindOthers)
}
