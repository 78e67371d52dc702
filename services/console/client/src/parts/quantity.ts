const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

const tiny = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 })
/** Nobody knows a share of sessions closer than this: one in a billion. */
const smallestShare = 1e-9

/** A count with its thousands apart. */
export const countText = (value: number): string => whole.format(value)

/** A number of any size, to three figures. */
export const numberText = (value: number): string => (Math.abs(value) >= 1000 ? whole : short).format(value)

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** An amount of bytes with its unit: thousands, as disks and networks count. */
export function sizeText(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${short.format(bytes / 1000 ** step)} ${byteUnits[step] ?? 'B'}`
}

/** A share of 0 to 1 as a percentage; what is not nothing is never shown as 0 %. */
export function shareText(share: number): string {
  if (share > 0 && share < smallestShare) return 'fewer than one in a billion'
  return `${share < 0.001 ? tiny.format(share * 100) : short.format(share * 100)} %`
}

const spans: readonly (readonly [string, number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]

/** A time span in its largest unit, such as "3 hours". */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  for (const [unit, size] of spans) {
    if (seconds >= size) {
      const count = Math.floor(seconds / size)
      return `${countText(count)} ${unit}${count === 1 ? '' : 's'}`
    }
  }
  return '0 seconds'
}

/** One word or its plural, after its count. */
export const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${countText(count)} ${count === 1 ? one : many}`

/** A code such as `new_system` in words. */
export function wordsOf(code: string): string {
  const words = code.replaceAll(/[_-]/g, ' ')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}
