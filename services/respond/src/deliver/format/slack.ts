import { visibleText } from '@straylight/schemas/visible-text'
import { shortened } from '../../alert/shortened.ts'
import { comparisonsOf, factsOf, headlineOf } from './alert-facts.ts'
import { chatText, escapedWithin } from './chat-text.ts'
import { groupAdvice, groupHeadline, groupLine } from './message-group.ts'
import { jsonRequest, type WebhookAnswer, type WebhookRenderer } from './webhook-renderer.ts'

/** Slack's own bounds: characters of a text and of a field, and fields of a section. */
const textMax = 3_000
const fieldMax = 2_000
const fieldsMax = 10

/** The three characters that are markup in every text of Slack's. With them gone there is no `<!channel>` and no link. */
const escaped = (text: string): string =>
  chatText(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Lines of ours, in bounds: a line break that a name brings stands as its code, so that no name makes a line. */
const escapedLines = (lines: readonly string[], max: number): string =>
  escapedWithin(lines.map(visibleText).join('\n'), max, (text) => text.split('\n').map(escaped).join('\n'))

/** Text in which Slack looks for no markup at all. An empty one would make it refuse the message. */
const plain = (lines: readonly string[], max: number) =>
  ({ type: 'plain_text', text: escapedLines(lines, max) || '–', emoji: false }) as const

/** A message of Slack's incoming webhooks, in Block Kit: https://docs.slack.dev/reference/block-kit/blocks */
export const slack: WebhookRenderer = {
  bodyOf: (message, detail) => {
    const { alert, answers } = message
    const compared = comparisonsOf(message, detail).map(({ expected, seen }) => ({
      type: 'section',
      text: plain([`Usual: ${shortened(expected, 600)}`, `Seen: ${shortened(seen, 600)}`], textMax),
    }))
    const fields = factsOf(message).slice(0, fieldsMax)
    const commands = answers.length === 0 ? [] : [{ type: 'section', text: commandsOf(answers) }]
    return {
      // Shown in notifications, and read aloud.
      text: escapedWithin(alert.summary, textMax, escaped),
      blocks: [
        { type: 'section', text: plain([alert.summary], textMax) },
        { type: 'context', elements: [plain([headlineOf(message)], textMax)] },
        {
          type: 'section',
          fields: fields.map(([name, value]) => plain([name, shortened(value, 300)], fieldMax)),
        },
        ...compared,
        ...commands,
      ],
      unfurl_links: false,
      unfurl_media: false,
    }
  },
  groupBodyOf: (messages, charactersEach) => ({
    text: escapedWithin(groupHeadline(messages), textMax, escaped),
    blocks: [
      { type: 'section', text: plain([groupHeadline(messages)], textMax) },
      ...messages.map((message) => ({ type: 'section', text: plain([groupLine(message, charactersEach)], textMax) })),
      { type: 'section', text: commandsOf([groupAdvice]) },
    ],
    unfurl_links: false,
    unfurl_media: false,
  }),
  textBodyOf: (headline, lines) => ({
    text: escapedWithin(headline, textMax, escaped),
    blocks: [headline, ...lines].map((line) => ({ type: 'section', text: plain([line], textMax) })),
    unfurl_links: false,
    unfurl_media: false,
  }),
  requestOf: jsonRequest,
  meaningOf: (answer) => ({
    taken: answer.status >= 200 && answer.status < 300 && saysYes(answer),
    said: answer.text,
  }),
}

/** Ids of our own making, in a block that is copied whole. */
const commandsOf = (answers: readonly string[]) => ({
  type: 'mrkdwn',
  verbatim: true,
  text: `\`\`\`${escapedLines(answers, textMax - 6)}\`\`\``,
})

/** `ok`; a workflow's trigger answers `{"ok":true}`, and a refusal may come with 200 as well. */
const saysYes = ({ text }: WebhookAnswer): boolean =>
  text.trim() === 'ok' || /^\s*\{\s*"(ok|success)"\s*:\s*true\b/.test(text)
