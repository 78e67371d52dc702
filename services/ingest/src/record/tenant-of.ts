import type { AgentRegistry } from './agent-registry.ts'

/** Whose a record is where nothing says so. */
export const tenantOfNobody = 'default'

/** What may say whose a record is. */
export interface TenantSaid {
  /** By the sender's token, as its endpoint wrote it on the record; `null`: none did. */
  readonly token: string | null
  /** By the record itself. */
  readonly record?: string | undefined
  /** The account that the record's format names, such as an AWS account's number. */
  readonly account?: string | undefined
}

/**
 * The one rule for tenants. In this order: the sender's token; the record's own `tenant`; the setting `STRAYLIGHT_TENANT`; the account that
 * the format names, where the registry has agents of a tenant so called; the registry, where all its agents are of one tenant; the
 * account; `default`. So an account's number never takes an event away from the tenant that somebody set up for it.
 */
export function tenantOf(
  { token, record, account }: TenantSaid,
  { registry, tenant: setting }: { readonly registry: AgentRegistry; readonly tenant: string | undefined },
): string {
  const said = token ?? record ?? setting
  if (said !== undefined) return said
  if (account !== undefined && registry.tenants.has(account)) return account
  const [only, ...others] = registry.tenants
  return (others.length === 0 ? only : undefined) ?? account ?? tenantOfNobody
}
