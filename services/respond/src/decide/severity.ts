import { Severity } from '@straylight/schemas/finding'
import { Response } from '@straylight/schemas/policy'

/** Place of a severity in its order, 0 (low) to 3 (critical). */
export const severityRank = (severity: Severity): number => Severity.options.indexOf(severity)

/** The graver of two severities. */
export const graverOf = (one: Severity, other: Severity): Severity =>
  severityRank(one) >= severityRank(other) ? one : other

/** The stronger of two answers: observe, alert, approve, revoke. */
export const strongerOf = (one: Response, other: Response): Response =>
  Response.options.indexOf(one) >= Response.options.indexOf(other) ? one : other
