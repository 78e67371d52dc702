import { ConsoleProblem } from './console-problem.ts'
import type { UserRole } from './contract/sign-in.ts'

/** Who asks, as far as answers depend on it. */
export interface Asker {
  readonly user: string
  readonly role: UserRole
  /** The one tenant whose rows exist for this user; null: all. */
  readonly tenant: string | null
}

/**
 * The tenant that a question is about; '' for all, as queries take it. Another one than the asker's own is not found: nothing tells
 * whether it exists.
 */
export function tenantFor({ tenant }: Asker, asked: string | undefined): string {
  if (tenant === null) return asked ?? ''
  if (asked === undefined || asked === tenant) return tenant
  throw new ConsoleProblem('not_found', `There is no tenant "${asked}" here.`)
}
