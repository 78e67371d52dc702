import type { Alert, Delivery } from '@straylight/schemas/alert'

/** What a receiver learns: an alert as it stands, and what has just happened to it. */
export interface AlertMessage {
  readonly alert: Alert
  readonly event: Delivery['event']
  /** Log time of what happened, milliseconds since 1970 UTC. */
  readonly at: number
  /** The commands that a person types next, made of our own ids alone. */
  readonly answers: readonly string[]
}

/** One message on its way: its body as the journal has it, and what only the attempt knows. */
export interface RequestParts {
  readonly body: string
  /** Stable over retries. */
  readonly messageId: string
  readonly url: URL
  /** The product's token; absent where the policy has none. */
  readonly token: string | undefined
}

/** What goes over the wire. */
export interface WebhookRequest {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** What a receiver answered: `text` is the beginning of its body. */
export interface WebhookAnswer {
  readonly status: number
  readonly text: string
}

/** What an answer means. */
export interface AnswerMeaning {
  readonly taken: boolean
  /** The product's own words, which are shown without any part of the address or token. */
  readonly said?: string
  /** It asks for room. */
  readonly throttled?: boolean
}

/** How an alert is written for one product, and how its answers are read. Pure. */
export interface WebhookRenderer {
  /** The body, with no secret in it; `detail`: how many findings it tells of. */
  readonly bodyOf: (message: AlertMessage, detail: number) => object
  /** One body for several messages, where people read it and no program counts: each in one sentence of at most so many characters. */
  readonly groupBodyOf?: (messages: readonly AlertMessage[], charactersEach: number) => object
  /** A text of a headline and lines, where people read it: names that others chose stand in both. */
  readonly textBodyOf?: (headline: string, lines: readonly string[]) => object
  /** The request that carries the body. */
  readonly requestOf: (parts: RequestParts) => WebhookRequest
  readonly meaningOf: (answer: WebhookAnswer) => AnswerMeaning
}

/** By status alone, as HTTP has it. */
export const meaningByStatus = ({ status, text }: WebhookAnswer): AnswerMeaning => ({
  taken: status >= 200 && status < 300,
  ...(text === '' ? {} : { said: text }),
})

/** A request of JSON without more headers. */
export const jsonRequest = ({ body }: RequestParts): WebhookRequest => ({
  body,
  headers: { 'content-type': 'application/json' },
})
