import type { ReplayedAlert, ReplayedDecisions } from './decision-replay.ts'
import type { CommandFate, ReplayedCommand } from './replayed-command.ts'

/** An alert of both policies that one of them grades or answers otherwise. */
export interface ChangedAlert {
  readonly before: ReplayedAlert
  readonly after: ReplayedAlert
}

/** A command of which the policies make something else; null: none. */
export interface ChangedCommand extends Omit<ReplayedCommand, 'fate'> {
  readonly before: CommandFate | null
  readonly after: CommandFate | null
}

export interface DecisionChanges {
  readonly appear: readonly ReplayedAlert[]
  readonly vanish: readonly ReplayedAlert[]
  readonly change: readonly ChangedAlert[]
  /** Alerts that both policies make and answer alike. */
  readonly stay: number
  readonly commands: readonly ChangedCommand[]
}

/**
 * What another policy changes. An alert is there under both where a finding of it is in an alert of both: that another finding opened it,
 * or that it closed earlier, is no alert more or less.
 */
export function compareDecisions(before: ReplayedDecisions, after: ReplayedDecisions): DecisionChanges {
  const otherOf = new Map<string, string>()
  const known = new Set<string>()
  for (const [finding, alert] of before.alertOf) {
    const other = after.alertOf.get(finding)
    if (other === undefined) continue
    if (!otherOf.has(alert)) otherOf.set(alert, other)
    known.add(other)
  }
  const vanish: ReplayedAlert[] = []
  const change: ChangedAlert[] = []
  let stay = 0
  for (const alert of before.alerts.values()) {
    const other = after.alerts.get(otherOf.get(alert.id) ?? '')
    if (other === undefined) vanish.push(alert)
    else if (other.severity !== alert.severity || other.answer !== alert.answer)
      change.push({ before: alert, after: other })
    else stay += 1
  }
  const appear = [...after.alerts.values()].filter(({ id }) => !known.has(id))
  return { appear, vanish, change, stay, commands: changedCommands(before.commands, after.commands) }
}

/** Commands that hit the same are compared in their order: the first with the first. */
function changedCommands(before: readonly ReplayedCommand[], after: readonly ReplayedCommand[]): ChangedCommand[] {
  const [was, is] = [byHit(before), byHit(after)]
  const changes: ChangedCommand[] = []
  for (const hit of new Set([...was.keys(), ...is.keys()])) {
    const [old, fresh] = [was.get(hit) ?? [], is.get(hit) ?? []]
    for (let at = 0; at < Math.max(old.length, fresh.length); at += 1) {
      const one = fresh[at] ?? old[at]
      const [wasFate, isFate] = [old[at]?.fate ?? null, fresh[at]?.fate ?? null]
      if (one === undefined || wasFate === isFate) continue
      const { fate: _fate, ...rest } = one
      changes.push({ ...rest, before: wasFate, after: isFate })
    }
  }
  return changes.toSorted((one, other) => one.at - other.at)
}

function byHit(commands: readonly ReplayedCommand[]): Map<string, ReplayedCommand[]> {
  const found = new Map<string, ReplayedCommand[]>()
  for (const command of commands) {
    const hit = JSON.stringify([command.tenant, command.hits])
    const known = found.get(hit)
    if (known === undefined) found.set(hit, [command])
    else known.push(command)
  }
  return found
}
