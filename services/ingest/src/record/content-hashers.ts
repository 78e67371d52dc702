import { createValueHasher, type ValueHasher } from '@straylight/models/provenance/value-hasher'

/** Tenants whose hashers are kept: a hasher is small, and made again in microseconds. */
const tenantsMax = 1_000

/**
 * Hashers of contents by tenant, all of one secret of the deployment. `ownTenant`: of senders that speak for no tenant (files, topics).
 */
export function createContentHashers(
  key: string,
  ownTenant: string | undefined,
): (tenant: string | undefined) => ValueHasher {
  const hashers = new Map<string, ValueHasher>()
  return (tenant = ownTenant ?? 'default') => {
    const known = hashers.get(tenant)
    if (known !== undefined) return known
    if (hashers.size === tenantsMax) hashers.clear()
    const made = createValueHasher(key, tenant)
    hashers.set(tenant, made)
    return made
  }
}

/**
 * For commands that read files and keep nothing (replay, training, explanations): their hashes are compared with one another only, and are the
 * same each time.
 */
export const passingHashers = createContentHashers('hashes that nobody keeps', undefined)
