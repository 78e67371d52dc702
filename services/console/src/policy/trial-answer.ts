import type { ChangedCommand, DecisionChanges } from '@straylight/respond/trial/compare-decisions'
import type { ReplayedAlert } from '@straylight/respond/trial/decision-replay'
import { counted } from '@straylight/schemas/counted'
import type { PolicyTrial, TriedAlert, TriedCommand } from '../contract/policy-trial.ts'
import { trialSentence } from '../words/trial-sentence.ts'
import type { ProposedPolicy } from './proposed-policy.ts'
import type { ReadFindings } from './try-policy.ts'

/** Rows of each table. */
const shownMax = 200

type AskedTrial = Pick<PolicyTrial, 'as_of' | 'weeks' | 'from'>

const none = { items: [], more: false }

/** Nothing was decided, since the policy is wrong. */
export const noTrial = (asked: AskedTrial, faults: PolicyTrial['faults']): PolicyTrial => ({
  ...asked,
  ...{ until: null, findings: 0, more: false, faults, says: [], not_tried: [] },
  sentence: `The policy has ${counted(faults.length, 'fault')}, so nothing was replayed.`,
  counts: { appear: 0, vanish: 0, change: 0, stay: 0, commands: 0 },
  ...{ appear: none, vanish: none, change: none, commands: none },
})

/** Alerts that the answer would lead to. */
export const alertIdsOf = ({ appear, vanish, change, commands }: DecisionChanges): string[] => [
  ...[...appear.slice(0, shownMax), ...vanish.slice(0, shownMax)].map(({ id }) => id),
  ...change.slice(0, shownMax).flatMap(({ before, after }) => [before.id, after.id]),
  ...commands.slice(0, shownMax).map(({ alert_id }) => alert_id),
]

export function trialOf(
  asked: AskedTrial,
  of: ProposedPolicy & { changes: DecisionChanges; stored: ReadonlySet<string>; read: ReadFindings },
): PolicyTrial {
  const { changes, stored, read, says, not_tried } = of
  const { appear, vanish, change, stay, commands } = changes
  const linked = (id: string): string | null => (stored.has(id) ? id : null)
  const alert = ({ id, ...rest }: ReplayedAlert): TriedAlert => ({ ...rest, alert_id: linked(id) })
  const command = ({ alert_id, ...rest }: ChangedCommand): TriedCommand => ({ ...rest, alert_id: linked(alert_id) })
  return {
    ...asked,
    ...read,
    ...{ faults: [], says: [...says], not_tried: [...not_tried] },
    sentence: trialSentence({ ...asked, ...read }, changes),
    counts: {
      ...{ appear: appear.length, vanish: vanish.length, change: change.length, stay },
      commands: commands.length,
    },
    appear: shown(appear, alert),
    vanish: shown(vanish, alert),
    change: shown(change, ({ before, after }) => ({ before: alert(before), after: alert(after) })),
    commands: shown(commands, command),
  }
}

const shown = <Item, Row>(items: readonly Item[], row: (item: Item) => Row): { items: Row[]; more: boolean } => ({
  items: items.slice(0, shownMax).map(row),
  more: items.length > shownMax,
})
