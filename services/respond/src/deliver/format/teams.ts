import { shortened } from '../../alert/shortened.ts'
import { comparisonsOf, factsOf, headlineOf } from './alert-facts.ts'
import { plainChatText } from './chat-text.ts'
import { groupAdvice, groupHeadline, groupLine } from './message-group.ts'
import { jsonRequest, type WebhookAnswer, type WebhookRenderer } from './webhook-renderer.ts'

/** A run of text, in which Teams reads no Markdown. */
const run = (text: string, look: object = {}) => ({ type: 'TextRun', text: plainChatText(text) || '–', ...look })
const line = (...inlines: object[]) => ({ type: 'RichTextBlock', inlines })

/** A message that holds one card. The summary is shown in the activity feed. */
const cardMessage = (summary: string, body: readonly object[]) => ({
  type: 'message',
  summary: plainChatText(shortened(summary, 600)),
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      contentUrl: null,
      content: {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.4',
        msteams: { width: 'Full' },
        body,
      },
    },
  ],
})

/**
 * An Adaptive Card as Teams' workflows ("When a Teams webhook request is received") take it, far below their 28 kB. All text
 * stands in `TextRun`: `TextBlock` and `FactSet` read Markdown, and `<at>` is a mention only with an entity beside it.
 */
export const teams: WebhookRenderer = {
  bodyOf: (message, detail) => {
    const { alert, answers } = message
    const compared = comparisonsOf(message, detail).flatMap(({ expected, seen }) => [
      line(run('Usual: ', { weight: 'Bolder' }), run(shortened(expected, 600))),
      line(run('Seen: ', { weight: 'Bolder' }), run(shortened(seen, 600))),
    ])
    return cardMessage(alert.summary, [
      line(run(alert.summary, { weight: 'Bolder' })),
      line(run(headlineOf(message), { color: colors[alert.severity] })),
      ...factsOf(message).map(([name, value]) =>
        line(run(`${name}: `, { weight: 'Bolder' }), run(shortened(value, 300))),
      ),
      ...compared,
      ...answers.map((answer) => line(run(answer, { fontType: 'Monospace' }))),
    ])
  },
  groupBodyOf: (messages, charactersEach) =>
    cardMessage(groupHeadline(messages), [
      line(run(groupHeadline(messages), { weight: 'Bolder' })),
      ...messages.map((message) =>
        line(run(groupLine(message, charactersEach), { color: colors[message.alert.severity] })),
      ),
      line(run(groupAdvice, { fontType: 'Monospace' })),
    ]),
  textBodyOf: (headline, lines) =>
    cardMessage(headline, [line(run(headline, { weight: 'Bolder' })), ...lines.map((text) => line(run(text)))]),
  requestOf: jsonRequest,
  meaningOf: (answer) => {
    const failed = saysNo(answer)
    return {
      taken: answer.status >= 200 && answer.status < 300 && !failed,
      said: answer.text,
      throttled: answer.status === 429 || (failed && /\b429\b/.test(answer.text)),
    }
  },
}

const colors = { low: 'Default', medium: 'Accent', high: 'Warning', critical: 'Attention' } as const

/** Workflows answer 202 and nothing; the older connectors answer 200 also where Teams took nothing, and say so in words. */
const saysNo = ({ text }: WebhookAnswer): boolean => /\b(failed|error)\b/i.test(text)
