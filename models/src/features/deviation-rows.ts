import { features } from './feature.ts'

/** Rows that share a buffer: one of its own for each costs more than most features. */
const sharedRows = 64

/** Empty rows for deviations, handed out once each: whoever compares many events keeps one of these. */
export class DeviationRows {
  private buffer = new ArrayBuffer(0)
  private used = sharedRows

  next(): Float64Array {
    if (this.used === sharedRows) {
      this.buffer = new ArrayBuffer(8 * sharedRows * features.length)
      this.used = 0
    }
    return new Float64Array(this.buffer, 8 * features.length * this.used++, features.length)
  }
}
