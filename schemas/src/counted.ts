const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })

/** '1 alert', '2 alerts', '1,204 events'. `plural`: where it is not the noun and an s. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${grouped.format(count)} ${count === 1 ? noun : plural}`
