import { countedFields } from '@straylight/models/features/reported-fields'
import { type Family, families, familyNames } from '@straylight/models/profile/profile-key'

/**
 * Quarter octaves of an amount in whole numbers, as `amountBin` in models/src/profile/profile-key.ts: with v = amount + 1 and its
 * highest bit e, 4e plus the two bits below it. The highest bit is read off the bits: a logarithm of floats is off by
 * one near powers of two. Exact below 2^53.
 */
const binOf = (amount: string): string => {
  const v = `(assumeNotNull(${amount}) + 1)`
  const e = `(bitPositionsToArray(toUInt64(${v}))[-1])`
  return `toString(${e} * 4 + bitAnd(bitShiftRight(toUInt64(${v}) * 4, ${e}), 3))`
}

/** Whole octaves, as `octaveOf` in models/src/session/activity-windows.ts. */
const octaveOf = (amount: string): string => `toString(bitPositionsToArray(toUInt64(${amount} + 1))[-1])`

/** One counted key: family, text of its context (letter, US, context), x. */
const tuple = (family: Family, context: string, x: string): string =>
  `(toUInt8(${familyNames.indexOf(family)}), concat('${families[family].letter}\\x1f', ${context}), toString(${x}))`

/** For a late event nothing, for the others one key. */
const inOrder = (key: string): string => `if(late, [], [${key}])`
/** For an unknown field nothing: unknown is never zero. */
const known = (field: string, key: string): string => `if(isNull(${field}), [], [${key}])`

/** One key for each counted field of a kind that the event tells: its bit stands at its place among all. */
const reported = (of: 'agent' | 'step', context: string, x: string): string => {
  const fields = countedFields.flatMap((field, bit) => (field.of === of ? [{ name: field.name, bit }] : []))
  const names = fields.map(({ name }) => `'${name}'`).join(', ')
  const bits = fields.map(({ bit }) => bit).join(', ')
  return `arrayMap(f -> ${tuple('reported', context, x)}, arrayFilter((f, b) -> bitTest(told_fields, b), [${names}], [${bits}]))`
}

/** Step and argument. */
const sink = "concat(step, '\\x1f', a)"
/** Keys of flows (argument a, kind k, source s, root r), each once a row however many values took the same way. */
const flows = (family: Family, context: string, x: string, only = 'true'): string =>
  `arrayDistinct(arrayMap((a, k, s, r) -> ${tuple(family, context, x)}, ${['arguments', 'kinds', 'sources', 'roots']
    .map((column) => `arrayFilter((c, s) -> ${only}, flow_${column}, flow_sources)`)
    .join(', ')}))`

/**
 * The keys that a row of `events` counts under, by family: each an expression of type
 * Array(Tuple(UInt8, String, String)). The very same as `eventKeys` in models/src/event/event-keys.ts makes of an EventShape;
 * the fold-equals-aggregate test leaves each one out in turn and must see it missing.
 */
export const familyTerms: Readonly<Record<Family, string>> = {
  system: `[${tuple('system', "''", 'system')}]`,
  step: `[${tuple('step', "''", 'step')}]`,
  bigram: inOrder(tuple('bigram', 'previous_step', 'step')),
  trigram: inOrder(tuple('trigram', "concat(previous_step_2, '\\x1f', previous_step)", 'step')),
  arguments: known('argument_set', tuple('arguments', 'step', 'assumeNotNull(argument_set)')),
  destination: `arrayMap(d -> ${tuple('destination', 'step', 'd')}, destination_keys)`,
  anyDestination: `arrayMap(d -> ${tuple('anyDestination', "''", 'd')}, destination_keys)`,
  kind: `arrayMap(k -> ${tuple('kind', 'step', 'k')}, destination_kinds)`,
  anyKind: `arrayMap(k -> ${tuple('anyKind', "''", 'k')}, destination_kinds)`,
  external: `arrayMap(d -> ${tuple('external', "''", 'd')}, arrayFilter((d, x) -> x, destination_keys, destination_external))`,
  sent: known('bytes_sent', tuple('sent', 'step', binOf('bytes_sent'))),
  received: known('bytes_received', tuple('received', 'step', binOf('bytes_received'))),
  records: known('records', tuple('records', 'step', binOf('records'))),
  sessionSent: `[${tuple('sessionSent', "''", binOf('session_bytes_sent'))}]`,
  sessionReceived: `[${tuple('sessionReceived', "''", binOf('session_bytes_received'))}]`,
  outcome: known('outcome', tuple('outcome', 'step', 'assumeNotNull(outcome)')),
  flow: flows('flow', sink, 's'),
  flowRoot: flows('flowRoot', sink, "concat(s, '\\x1f', r)"),
  flowKind: flows('flowKind', 'k', "splitByChar('/', s)[1]"),
  feeding: flows('feeding', 'k', "concat(s, '\\x1f', step)", "position(s, '/') > 0"),
  returning: `if(returns, [${tuple('returning', "''", 'step')}], [])`,
  value: `arrayDistinct(arrayMap((a, v) -> ${tuple('value', sink, 'v')}, value_arguments, value_hashes))`,
  privilege: `arrayMap(p -> ${tuple('privilege', "''", 'p')}, privileges)`,
  privilegeRank: known('privilege_rank', tuple('privilegeRank', "''", 'assumeNotNull(privilege_rank)')),
  window: `arrayMap((m, t) -> ${tuple('window', 'm', octaveOf('t'))}, closed_measures, closed_totals)`,
  timeOfWeek: `[${tuple('timeOfWeek', "''", 'time_of_week')}]`,
  credentialAge: known(
    'credential_age_hours',
    tuple('credentialAge', "''", octaveOf('assumeNotNull(credential_age_hours)')),
  ),
  delegation: known('parent_agent', tuple('delegation', "''", 'assumeNotNull(parent_agent)')),
  source: `arrayMap(s -> ${tuple('source', "''", 's')}, sources)`,
  signal: `arrayMap((n, l) -> ${tuple('signal', "concat(step, '\\x1f', n)", 'l')}, signal_names, signal_levels)`,
  reported: `arrayConcat(${reported('agent', "''", 'f')}, ${reported('step', 'f', 'step')})`,
}

/** The parts of the row identity of `events` and `held_out`. */
export const rowIdentity = 'tenant, agent, hour, source_topic, source_partition, source_offset, source_index'

/** Leaves out what a finding held, until a verdict or the expiry releases it, and what a verdict confirmed. */
export const notQuarantined = `(${rowIdentity}) NOT IN (
        SELECT ${rowIdentity} FROM held_out FINAL WHERE state IN ('held', 'confirmed'))`

/**
 * Every part of the counting that a count depends on, by name. The statement takes another set only in the test that
 * shows none of them to be idle.
 */
export interface CountTerms {
  readonly families: Readonly<Partial<Record<Family, string>>>
  /** `FINAL`: an event stored twice counts once. */
  readonly once: string
  readonly notQuarantined: string
}

export const countTerms: CountTerms = { families: familyTerms, once: 'FINAL', notQuarantined }
