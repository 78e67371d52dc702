import { parsedJson } from '@straylight/schemas/parsed-json'

/** The fields of an answer that is a JSON object; of any other text, none. */
export function jsonFieldsOf(text: string): Readonly<Record<string, unknown>> {
  const value = parsedJson(text)
  return isFields(value) ? value : {}
}

export const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
