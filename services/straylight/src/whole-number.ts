import { InvalidArgumentError } from 'commander'

/** Option parser: a whole number from 0 up. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 0 up')
  return Number(text)
}
