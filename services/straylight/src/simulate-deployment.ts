import type { Fleet } from '@straylight/demo/fleet'
import type { NativeEvent } from '@straylight/demo/native-event'
import type { Log } from '@straylight/runtime/log'
import type { SimulateFiles, SimulateFolder } from './simulate-folder.ts'
import type { Learnt } from './simulate-report.ts'

/** The embedded deployment that a simulation watches: the product, started as `straylight up` starts it. */
export interface SimulateDeployment {
  readonly log: Log
  /** Learns the fleet's history as vetted; resolves when the knowledge of it stands. */
  learn(options: { fleet: Fleet; days: number; until: number; onProgress: (text: string) => void }): Promise<Learnt>
  /** Sends events to POST /v1/events; resolves with the number refused when the log has the others. */
  send(events: readonly NativeEvent[]): Promise<number>
  close(): Promise<void>
}

export async function openSimulateDeployment(_options: {
  fleet: Fleet
  folder: SimulateFolder
  files: SimulateFiles
}): Promise<SimulateDeployment> {
  throw new Error('not wired')
}
