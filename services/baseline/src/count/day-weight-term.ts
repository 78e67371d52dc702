import { doublingsMax, halfLifeDays } from '@straylight/models/profile/day-weight'

/**
 * The weight of an hour's day, `dayWeight` in models/src/profile/day-weight.ts: 2^floor((day - origin) / 30), 1 before the origin.
 * Whole numbers, so sums are exact below 2^53. `intDiv` rounds towards zero, which differs from the floor below the origin
 * only, where both give 1.
 */
export const dayWeightTerm = `bitShiftLeft(toUInt64(1), toUInt8(greatest(0, least(${doublingsMax},
        intDiv(toInt32(intDiv(hour, 24)) - {origin_day:Int32}, ${halfLifeDays})))))`
