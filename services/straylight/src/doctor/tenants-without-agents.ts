import type { CredentialEvidence } from './automatic-revocation.ts'

/** Tenants for which a token speaks and of which the registry names no agent, each once: an entry without `tenant` is of `default`. */
export function tenantsWithoutAgents({ agents, tokens }: CredentialEvidence): string[] {
  const known = new Set(agents.map(({ tenant }) => tenant))
  return [...new Set(tokens.map(({ tenant }) => tenant))].filter((tenant) => !known.has(tenant))
}
