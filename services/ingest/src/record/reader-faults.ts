/** Kinds that are distinguished; beyond so many, further kinds are not reported. */
const kindsMax = 100

/**
 * Tells each kind of fault of the reader once: its name and the place in our code. A sender who has found one can send it a
 * million times.
 */
export function oncePerKind(tell: (error: unknown) => void): (error: unknown) => void {
  const reported = new Set<string>()
  return (error) => {
    const kind = kindOf(error)
    if (reported.has(kind) || reported.size >= kindsMax) return
    reported.add(kind)
    tell(error)
  }
}

/** Not the message, which may quote what was sent. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const place = error.stack?.split('\n').find((line) => /^\s+at /.test(line)) ?? ''
  return `${error.name}${place}`
}
