import { wordsOfAction } from './words-of-action.ts'

/**
 * Verbs that take away what others need: data, access, machines. Of the action's words one is enough; `deleteUser`,
 * `users.delete` and `bulk_purge` all are. Verbs of everyday tidying (close, cancel, archive, stop) are left out: they would
 * make every help desk destructive. What an agent destroys day by day is its habit and no news (`window-family.ts`).
 */
const destructiveVerbs = new Set([
  ...['delete', 'remove', 'purge', 'drop', 'destroy', 'wipe', 'erase', 'truncate', 'shred', 'expunge'],
  ...['reset', 'revoke', 'disable', 'deactivate', 'suspend', 'block', 'ban', 'lock', 'unshare', 'detach'],
  ...['terminate', 'kill', 'shutdown', 'decommission', 'uninstall', 'overwrite', 'encrypt', 'del', 'rm'],
])

/** Answers are kept, for a fleet has some hundred actions; whoever invents names only empties the memory. */
const known = new Map<string, boolean>()
const knownMax = 10_000

/** Whether an action destroys, resets or takes away, by the words of its name. */
export function destructiveAction(action: string): boolean {
  const before = known.get(action)
  if (before !== undefined) return before
  const is = wordsOfAction(action).some((word) => destructiveVerbs.has(word))
  if (known.size >= knownMax) known.clear()
  known.set(action, is)
  return is
}
