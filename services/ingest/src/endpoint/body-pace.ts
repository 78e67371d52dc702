import { RequestRefused } from './request-refused.ts'

/** How slowly a body may come. */
export interface BodyPace {
  /** From the first to the last byte. */
  readonly secondsMax: number
  /** On the wire, over the last five looks. */
  readonly bytesPerSecondMin: number
  /** Between two looks; a second unless a test says otherwise. */
  readonly lookMs?: number
}

export const defaultBodyPace: BodyPace = { secondsMax: 30, bytesPerSecondMin: 1_024 }

/** Looks that are added up: a sender may pause for a moment. */
const looksMax = 5

/** Watches one body: `counted` bytes on the wire, until `end`. `cut` rejects with `RequestRefused` 408 when it comes too slowly. */
export interface PaceWatch {
  readonly cut: Promise<never>
  counted(bytes: number): void
  /** Whether it is we who are slow: bytes wait to be unzipped, and say nothing of their sender. */
  isOurs: () => boolean
  end(): void
}

/**
 * A timer of the body's own. The HTTP server's looks at connections seldom, and lets a body drip for as long as that takes.
 */
export function watchPace({ secondsMax, bytesPerSecondMin, lookMs = 1_000 }: BodyPace): PaceWatch {
  const startedMs = performance.now()
  const looks: number[] = []
  let bytes = 0
  let refuse: (refusal: RequestRefused) => void = () => undefined
  const cut = new Promise<never>((_resolve, reject) => {
    refuse = reject
  })
  // Whoever reads races against it; what has been read in time lets it go.
  cut.catch(() => undefined)
  const watch: PaceWatch = {
    cut,
    counted(more) {
      bytes += more
    },
    isOurs: () => false,
    end: () => clearInterval(timer),
  }
  const timer = setInterval(() => {
    looks.push(watch.isOurs() ? Number.POSITIVE_INFINITY : bytes)
    bytes = 0
    if (looks.length > looksMax) looks.shift()
    const recent = looks.reduce((sum, look) => sum + look, 0)
    const bytesMin = (looksMax * lookMs * bytesPerSecondMin) / 1_000
    if (performance.now() - startedMs > secondsMax * 1_000)
      refuse(new RequestRefused(408, 'too_slow', `the body took more than ${secondsMax} s: send it in parts`))
    else if (looks.length === looksMax && recent < bytesMin)
      refuse(new RequestRefused(408, 'too_slow', `the body came with less than ${bytesPerSecondMin} bytes a second`))
  }, lookMs)
  timer.unref()
  return watch
}
