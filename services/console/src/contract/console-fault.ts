import { z } from 'zod'

/** The body of every answer that is not 2xx. */
export const ConsoleFault = z.object({
  code: z.enum([
    /** 400: the question is malformed; the message says which field and what was expected. */
    'bad_request',
    /** 401: nobody is signed in, or the session is over: sign in again. */
    'not_signed_in',
    /** 401: wrong token, user or password. Never says which. */
    'sign_in_refused',
    /** 403: the role does not allow it. */
    'not_allowed',
    /** 403: the request comes from another site, or without the header `requestHeader`. */
    'cross_site',
    'not_found',
    /** 409: what was shown is no longer so (another command, another revision). Load it again. */
    'changed_since',
    /** 429: too many attempts to sign in; `retry_after_seconds` says when. */
    'too_many',
    /** 503: too many questions wait; detection goes first. `retry_after_seconds` says when. */
    'busy',
    /** 504: the question took longer than it may. */
    'too_slow',
    /** 503: the store or the log does not answer. */
    'away',
    'failed',
  ]),
  /** For people: what happened and what to do. */
  message: z.string(),
  retry_after_seconds: z.number().optional(),
})
export type ConsoleFault = z.infer<typeof ConsoleFault>

/** Every request that changes something carries this header with the value 1; forms and links of other sites cannot set it. */
export const requestHeader = 'x-straylight-console'
