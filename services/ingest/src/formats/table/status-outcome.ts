import type { Outcome } from '@straylight/schemas/agent-event'
import type { JsonObject } from '../../record/field-reader.ts'
import { compileSource, isNothing, type Source, type SourceFunction } from './source.ts'

/** The outcome that a status of HTTP tells: 401 and 403 were refused, all else from 400 on failed. Other values tell nothing. */
export function statusOutcome(source: Source): SourceFunction {
  const { read } = compileSource(source)
  return (record: JsonObject) => outcomeOfStatus(read(record))
}

export function outcomeOfStatus(value: unknown): Outcome | undefined {
  const status = typeof value === 'string' && /^\d{3}/.test(value) ? Number(value.slice(0, 3)) : value
  if (typeof status !== 'number' || status < 100 || status > 599) return undefined
  if (status === 401 || status === 403 || status === 407) return 'denied'
  return status >= 400 ? 'failure' : 'success'
}

/** The worst of what several places say: a call may fail behind a status of 200. */
export function worstOf(...sources: readonly Source[]): SourceFunction {
  const compiled = sources.map(compileSource)
  return (record: JsonObject) => {
    let found: unknown
    for (const { read } of compiled) {
      const outcome = read(record)
      if (outcome === 'denied') return outcome
      if (found === undefined || outcome === 'failure') found = isNothing(outcome) ? found : outcome
    }
    return found
  }
}

/** `failure` where something stands there; `denied` where its text says so. */
export function failureWhere(source: Source): SourceFunction {
  const { read } = compileSource(source)
  return (record: JsonObject) => {
    const value = read(record)
    if (isNothing(value) || value === false || value === 0) return undefined
    return typeof value === 'string' && saysDenied(value) ? 'denied' : 'failure'
  }
}

/** Whether the text of an error says that a right was missing. */
export const saysDenied = (text: string): boolean =>
  /access.{0,40}?\bdenied|access.?denied|permission.?denied|not.?authori[sz]ed|unauthori[sz]ed|unauthenticated|forbidden|insufficient.?(?:scope|privilege|permission)|authentication fail/i.test(
    text.slice(0, 500),
  )
