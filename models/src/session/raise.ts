/** Of several things in one event the strangest counts: a feature keeps the highest value it is given. */
export const raise = (out: Float64Array, index: number, value: number): void => {
  if (value > (out[index] as number)) out[index] = value
}
