import type { Log } from '@straylight/runtime/log/log'

/** Whether the log has a topic: one of an earlier version may not have it yet. */
export const hasTopic = (log: Log, name: string): Promise<boolean> =>
  log.partitionCount(name).then(
    (count) => count > 0,
    () => false,
  )
