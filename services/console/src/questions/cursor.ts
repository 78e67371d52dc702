import { parsedJson } from '@straylight/schemas/parsed-json'
import { z } from 'zod'
import { ConsoleProblem } from '../console-problem.ts'

const Place = z.tuple([z.array(z.number().int().safe()).max(4), z.array(z.string().max(2_000)).max(4)])

/** A place in a sorted list: the numbers and texts by which its last row was sorted. */
export interface CursorPlace {
  readonly numbers: readonly number[]
  readonly texts: readonly string[]
}

/** A place as an address carries it. `of`: what list, in which order; a cursor of another one is refused. */
export const cursorOf = (of: string, { numbers, texts }: CursorPlace): string =>
  Buffer.from(JSON.stringify([of, [numbers, texts]])).toString('base64url')

/** Throws `bad_request` for what is no cursor of this list. `numbers`: how many one of it has. */
export function placeOfCursor(of: string, cursor: string | undefined, numbers: number): CursorPlace | undefined {
  if (cursor === undefined) return undefined
  const value = parsedJson(Buffer.from(cursor, 'base64url').toString())
  const place = Array.isArray(value) && value[0] === of ? Place.safeParse(value[1]).data : undefined
  if (place?.[0].length === numbers) return { numbers: place[0], texts: place[1] }
  throw new ConsoleProblem(
    'bad_request',
    'The cursor is not one of this list in this order: begin again without a cursor.',
  )
}
