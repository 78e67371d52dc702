import type { GrowthLimits } from '@straylight/schemas/policy'
import { amountBin, amountOfBin, leastOfBin } from '../event/amount-bin.ts'
import { type DailyAmounts, type DailyKind, type DailyStep, daysKept } from '../session/daily-amounts.ts'

/** Days that are recent; the ones before, up to six weeks back, are what recent days are held against. */
const recentDays = 10
/** Active days before that it takes to know what is usual. */
const activeDaysMin = 5
/** A day is far above the usual from twice the median on, and from 2.5 times as far above it as one day in seven. In quarter octaves. */
const farMin = 4
const farTimes = 2.5
const highShare = 0.86
/** A day below half the usual (a weekend) ends no run of days. */
const restBelow = 4
/** A ramp begins within five times the usual, and no day of it is more than five times the one before: a month's end jumps. */
const nearMax = 9
/** From 6.7 times the usual on, the days that led there need not each be above the one before. */
const largeMin = 11
/** Where it takes days: so many far above the usual, that rise by 7 % a day at least and by 2.3 deviations of the slope. */
const steadyDaysMin = 5
const slopeMin = 0.4
const slopeDeviations = 2.3
/** Three days of three weeks, each 1.4 times the highest before it, to more than twice the first of them: a ramp, whatever lies between. */
const recordDays = 21
const recordsMin = 3
const weekDays = 5
const recordStep = 2
const recordsRise = 5
/** So many days in turn, each above the one before, are a ramp from wherever near the usual the first was. */
const risingDaysMin = 4
/** Two days alone: the first is 2.4 times the usual at least, and above what one day in seven has. */
const firstOfTwoMin = 5
/** Where a third of the days are of a ramp, how days differ is seen below the median. */
const lowShare = 0.35
/** Days before today that a ramp is looked for in. */
const recentAgo: readonly number[] = Array.from({ length: recentDays }, (_, at) => at + 1)
/** Below so much a day nothing is said of a ramp: bytes, records, calls. */
const leastOf: Readonly<Record<DailyKind, number>> = { sent: 100_000, received: 1_000_000, records: 200, calls: 200 }
/** Up to so far above the usual (four times) what peers do on a day in twenty is no ramp. In quarter octaves. */
const likePeersMax = 8
const peersShare = 0.05

/** An amount that grows day by day, found by the event that took today's total so far. */
export interface SlowRamp {
  readonly kind: DailyKind
  /** Exactly, so far. */
  readonly today: number
  /** The median day before it began, and of how many active days. */
  readonly usual: number
  readonly usual_days: number
  /** The days that lead up to it, oldest first; about, in quarter octaves. */
  readonly before: readonly number[]
  /** Set where the policy's limit was passed: growth within a week, and the limit. */
  readonly beyond?: { readonly growth: number; readonly limit: number }
}

/** What peers and the agent itself do: share of their days with as much or more. 1 where they are not known by the day. */
export type TailOfPeers = (kind: DailyKind, today: number) => number

/**
 * Holds the days of the last ten against the weeks before. A ramp begins near the usual and goes up: five days far above the usual that rise,
 * three rising days to more than twice the first or four to anywhere, or two of which the second is far above the first; or three record days of
 * three weeks that do so with any days between. So growth of 15 % to 200 % a day is
 * found before a day has ten times the usual, while a month's end, which jumps, and a growth of a few per cent a week are not. Reported once
 * a day and kind: by the event that makes it true.
 */
export function rampsOf(
  steps: readonly DailyStep[],
  amounts: DailyAmounts,
  { limits, peers }: { readonly limits: GrowthLimits; readonly peers: TailOfPeers },
): readonly SlowRamp[] {
  if (steps.length === 0) return noRamps
  const ramps: SlowRamp[] = []
  for (const { kind, before, after } of steps) {
    const usual = usualOf(amounts, kind)
    if (usual === undefined) continue
    const limit = limitOf(limits, kind)
    const growthAt = (bin: number) => growthWithin(amounts, kind, leastOfBin(bin))
    const passes = limit !== undefined && growthAt(after) > limit && growthAt(before) <= limit
    const rises = (bin: number) =>
      bin >= amountBin(leastOf[kind]) &&
      isRamp(amounts, kind, usual, bin) &&
      (bin - usual.median > likePeersMax || peers(kind, leastOfBin(bin)) < peersShare)
    if (!passes && !(rises(after) && !rises(before))) continue
    const today = amounts.today(kind)
    ramps.push({
      ...{ kind, today, usual: amountOfBin(usual.median), usual_days: usual.days },
      before: [3, 2, 1].map((ago) => amountOfBin(amounts.binOf(kind, ago))),
      ...(passes ? { beyond: { growth: growthWithin(amounts, kind, today), limit } } : {}),
    })
  }
  return ramps.length === 0 ? noRamps : ramps
}

export const noRamps: readonly SlowRamp[] = []

interface Usual {
  readonly median: number
  readonly high: number
  readonly low: number
  readonly largest: number
  readonly days: number
}

function usualOf(amounts: DailyAmounts, kind: DailyKind): Usual | undefined {
  const bins: number[] = []
  for (let ago = recentDays + 1; ago <= daysKept + 1; ago++) {
    const bin = amounts.binOf(kind, ago)
    if (bin > 0) bins.push(bin)
  }
  if (bins.length < activeDaysMin) return undefined
  bins.sort((one, other) => one - other)
  const at = (share: number) => bins[Math.min(bins.length - 1, Math.floor(share * bins.length))] as number
  return { median: at(0.5), high: at(highShare), low: at(lowShare), largest: bins.at(-1) as number, days: bins.length }
}

function isRamp(amounts: DailyAmounts, kind: DailyKind, usual: Usual, today: number): boolean {
  const { median, high, largest } = usual
  if (hasRecords(amounts, kind, usual, today)) return true
  const far = median + Math.max(farMin, Math.ceil(farTimes * (high - median)))
  if (today < far) return false
  const before = recentAgo.map((ago) => amounts.binOf(kind, ago)).filter((bin) => bin > median - restBelow)
  const [one = 0, two = 0] = before
  const isNear = (bin: number) => bin <= median + nearMax
  const steady = isSteady([today, ...before.filter((bin) => bin >= far)].reverse(), usual)
  // A month's end that has been before is known.
  if (steady || today <= largest) return steady
  // Two days alone are a ramp only where the second is as far above the first as a far day is above the usual, and the first a record or the
  // second twice one: busy days before a month's end, and a month's end of two days, are none.
  const isFirst = one >= median + Math.max(firstOfTwoMin, high - median + 2) && isNear(one)
  if (isFirst && today >= one + (far - median) && (one > largest || today >= largest + 4)) return true
  const grows = two >= median + 3 && isNear(two) && one >= far && one <= two + nearMax && today >= two + 5
  return (
    (grows && ((one > two && today > one) || today >= median + largeMin)) || hasRisen([today, ...before], median, far)
  )
}

/** Whether the days, newest first, each rise above the one before: where days differ much, the third is the first that is far above the usual. */
function hasRisen(days: readonly number[], median: number, far: number): boolean {
  let count = 1
  for (; count < days.length; count++) {
    const [earlier = 0, later = 0] = [days[count], days[count - 1]]
    if (earlier < median + 3 || earlier >= later || later > earlier + nearMax) break
  }
  const first = days[count - 1] as number
  return count >= risingDaysMin && first <= median + nearMax && (days[1] as number) >= far
}

/**
 * Whether today is the last of several record days that rise, above all that the weeks before them had: so a weekly job or a month's end that
 * has been is no record.
 */
function hasRecords(amounts: DailyAmounts, kind: DailyKind, { median, high, low }: Usual, today: number): boolean {
  if (today < median + largeMin) return false
  const differ = Math.min(high - median, 2 * (median - low))
  let record = median + Math.max(farMin, Math.ceil(farTimes * differ)) - recordStep
  let known = 0
  for (let ago = daysKept + 1; ago > recordDays; ago--) {
    const bin = amounts.binOf(kind, ago)
    record = Math.max(record, bin)
    if (bin > 0) known++
  }
  let first = today
  let count = 1
  for (let ago = recordDays; ago >= 1; ago--) {
    const bin = amounts.binOf(kind, ago)
    if (bin < record + recordStep) continue
    if (count === 1) first = bin
    record = bin
    count++
  }
  // Where no week of before is known, a first month's end after weekly jobs would be a third record.
  return (
    count >= (known < weekDays ? recordsMin + 1 : recordsMin) &&
    today >= record + recordStep &&
    today >= first + recordsRise
  )
}

/** Whether the days far above the usual, oldest first, rise by more than their noise: the slope of a line through them (least squares). */
function isSteady(days: readonly number[], { median, high }: Usual): boolean {
  const count = days.length
  const [first = 0] = days
  if (count < steadyDaysMin || first > median + nearMax) return false
  const middle = (count - 1) / 2
  const spread = (count * (count * count - 1)) / 12
  const slope = days.reduce((sum, bin, at) => sum + (at - middle) * bin, 0) / spread
  const noise = Math.max(1, high - median) / Math.sqrt(spread)
  return slope >= Math.max(slopeMin, slopeDeviations * noise)
}

/** How much more than in a week of the weeks before was moved within the last seven days. */
function growthWithin(amounts: DailyAmounts, kind: DailyKind, today: number): number {
  let week = today
  for (let ago = 1; ago < 7; ago++) week += amountOfBin(amounts.binOf(kind, ago))
  let before = 0
  let days = 0
  for (let ago = recentDays + 1; ago <= daysKept + 1; ago++) {
    const bin = amounts.binOf(kind, ago)
    before += amountOfBin(bin)
    if (bin > 0) days = ago - recentDays
  }
  return week - (7 * before) / Math.max(1, days)
}

const limitOf = (limits: GrowthLimits, kind: DailyKind): number | undefined =>
  ({
    sent: limits.sent_bytes_per_week,
    received: limits.received_bytes_per_week,
    records: limits.records_per_week,
    calls: limits.calls_per_week,
  })[kind]
