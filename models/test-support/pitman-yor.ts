/** One level of Pitman–Yor back-off by the book: discount one half, strength one. */
export const pitmanYor = (total: number, count: number, types: number, base: number): number =>
  (Math.max(count - 0.5, 0) + (1 + 0.5 * types) * base) / (total + 1)
