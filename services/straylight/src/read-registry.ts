import { createAgentRegistry } from '@straylight/ingest/agent-registry'
import { BadFile, readYamlFile } from '@straylight/runtime/yaml-file'
import { Registry } from '@straylight/schemas/agent'
import { reasonOf } from './command.ts'

/** Reads `agents.yaml`; without a path nobody is registered. Throws `BadFile`, also where one name means two agents. */
export async function readRegistry(path: string | undefined): Promise<Registry> {
  if (path === undefined) return { version: 1, agents: [] }
  const registry = await readYamlFile(path, Registry)
  try {
    createAgentRegistry(registry)
    return registry
  } catch (error) {
    throw new BadFile(`${path}: ${reasonOf(error)}`, { cause: error })
  }
}
