import type { Logger } from '../process/logger.ts'
import type { StageFault } from '../set-aside/set-asides.ts'

/** Kinds of faults that are remembered as reported, so that a flood of them makes no flood of lines. */
const kindsMax = 200

/** Tells of each kind of fault once: where in the code it was thrown, with the first record that showed it. */
export function logFaults(logger: Pick<Logger, 'error'>): (fault: StageFault) => void {
  const reported = new Set<string>()
  return ({ error, ...place }) => {
    const kind = `${place.stage} ${place.topic} ${kindOf(error)}`
    if (reported.has(kind) || reported.size >= kindsMax) return
    reported.add(kind)
    logger.error(
      { ...place, err: error },
      'a bug of Straylight: the record was set aside, the others went on; further ones of this kind are only counted. Please report it.',
    )
  }
}

/** The line that threw; a message quotes what it met, so there is no end of those. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const thrownAt = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '))
  return `${error.name} ${thrownAt?.trim() ?? ''}`
}
