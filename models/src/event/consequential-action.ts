import { destructiveAction } from './destructive-action.ts'
import { wordsOfAction } from './words-of-action.ts'

/** Verbs that give away money, access or ownership, whatever they are done to. */
const givingVerbs = new Set([
  ...['grant', 'invite', 'share', 'transfer', 'assign', 'promote', 'elevate', 'impersonate', 'authorize', 'authorise'],
  ...['delegate', 'attach', 'consent', 'pay', 'wire', 'refund', 'payout', 'withdraw', 'purchase', 'buy', 'checkout'],
])
/** Verbs that change a thing; alone they are daily work. */
const changingVerbs = new Set([
  ...['add', 'create', 'update', 'put', 'set', 'change', 'modify', 'edit', 'register', 'enable', 'import', 'upload'],
  ...['generate', 'new', 'rotate', 'send', 'make', 'schedule', 'approve', 'issue', 'submit', 'post'],
])
/** Things by which somebody comes to rights or money. */
const entrustedThings = new Set([
  ...['password', 'passwords', 'key', 'keys', 'secret', 'secrets', 'token', 'tokens', 'credential', 'credentials'],
  ...['role', 'roles', 'permission', 'permissions', 'policy', 'policies', 'owner', 'owners', 'ownership', 'access'],
  ...['collaborator', 'collaborators', 'member', 'members', 'user', 'users', 'group', 'groups', 'admin', 'admins'],
  ...['account', 'accounts', 'mfa', 'forwarding', 'money', 'payment', 'payments', 'deposit', 'deposits'],
  ...['transaction', 'transactions', 'iban', 'payee', 'payees', 'beneficiary', 'payroll'],
])

/**
 * Whether an action moves money, changes who may do what, or destroys, by the words of its name: what an intruder comes for, and
 * what is hard to take back (MITRE ATT&CK T1098, T1136, T1485, T1531, T1657). How usual it is for its agent is not asked here.
 * Not kept by name: `StepKeys` asks once a step.
 */
export function consequentialAction(action: string): boolean {
  if (destructiveAction(action)) return true
  const words = wordsOfAction(action)
  if (words.some((word) => givingVerbs.has(word))) return true
  return words.some((word) => changingVerbs.has(word)) && words.some((word) => entrustedThings.has(word))
}
