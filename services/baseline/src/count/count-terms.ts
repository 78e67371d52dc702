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
  /** `FINAL`: an event stored twice counts once. */
  readonly once: string
  readonly notQuarantined: string
}

export const countTerms: CountTerms = { once: 'FINAL', notQuarantined }
