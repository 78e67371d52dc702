/** Values in a record, each of which must become one event or one rejection. Counted without the code under test, and never zero. */
export function inputsIn(json: unknown, headers: Readonly<Record<string, string>> = {}): number {
  if (headers.ce_specversion !== undefined || headers.ce_type !== undefined) return 1
  return countIn(json)
}

function countIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  if (Array.isArray(value)) return sumOf(value) || 1
  const given = value as { readonly [name: string]: unknown }
  if (isEvent(given)) return 1
  const records = Array.isArray(given.Records) ? sumOf(given.Records) : 0
  return records + ('detail-type' in given && isTrail(given.detail) ? 1 : 0) || 1
}

const sumOf = (values: readonly unknown[]): number => values.reduce<number>((sum, value) => sum + countIn(value), 0)

function isEvent(value: object): boolean {
  const nativeNames = ['time', 'agent', 'system', 'action'].filter((name) => name in value)
  return nativeNames.length > 1 || ('specversion' in value && 'type' in value) || isTrail(value)
}

function isTrail(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return 'eventName' in value && 'eventTime' in value && 'eventSource' in value && !isNotification(value.eventSource)
}

const isNotification = (source: unknown): boolean => typeof source === 'string' && source.startsWith('aws:')
