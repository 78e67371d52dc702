import type { Agent } from '@straylight/schemas/agent'
import { visibleText } from '@straylight/schemas/visible-text'

/** Credentials that a registry gives to two agents, in sentences: it must say whose each is before anybody is judged by it. */
export function doubleBindings(agents: readonly Agent[]): string[] {
  const owners = new Map<string, string>()
  const found: string[] = []
  for (const { tenant, agent, credentials } of agents) {
    const named = [
      ...(credentials?.ids ?? []).map((id) => ['id', id] as const),
      ...(credentials?.prefixes ?? []).map((prefix) => ['prefix', prefix] as const),
    ]
    for (const [kind, name] of named) {
      const key = JSON.stringify([tenant, kind, name])
      const other = owners.get(key)
      if (other !== undefined && other !== agent)
        found.push(
          visibleText(`tenant "${tenant}": credential ${kind} "${name}" is bound to both ${other} and ${agent}`),
        )
      owners.set(key, agent)
    }
  }
  return found
}
