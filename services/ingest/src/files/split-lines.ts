import { PartialLines } from './join-partials.ts'
import { createPieceBuilder, type InputSplitter } from './piece-builder.ts'

/** One record a line; blank lines are none, and lines that a container's runtime cut are whole again. */
export function createLineSplitter(): InputSplitter {
  const builder = createPieceBuilder()
  const lines = new PartialLines()
  let line = 1
  return {
    *push(chunk) {
      let start = 0
      for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, start)) {
        builder.add(chunk.subarray(start, at))
        const piece = builder.take(line++)
        if (piece.value.length > 0) yield* lines.add(piece)
        start = at + 1
      }
      builder.add(chunk.subarray(start))
    },
    *end() {
      const piece = builder.take(line)
      if (piece.value.length > 0) yield* lines.add(piece)
      yield* lines.end()
    },
  }
}
