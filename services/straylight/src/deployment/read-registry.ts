import { readYamlFile } from '@straylight/runtime/settings/yaml-file'
import { Registry } from '@straylight/schemas/agent'

/** Reads `agents.yaml`; without a path the registry is empty and every agent unowned. Throws with file, line and what was expected. */
export async function readRegistry(path: string | undefined): Promise<Registry> {
  return path === undefined ? { version: 1, agents: [] } : readYamlFile(path, Registry)
}
