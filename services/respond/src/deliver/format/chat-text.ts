import { visibleText } from '@straylight/schemas/visible-text'
import { shortened } from '../../alert/shortened.ts'

/**
 * Text with names that others chose, for where a product makes links and mentions of what it finds in a text: addresses lose the form of
 * one (`https[:]//`), `@here` that of a mention (`[@]here`), and templates and links of Markdown theirs.
 */
export function chatText(text: string): string {
  return visibleText(text)
    .replace(/:\/\//g, '[:]//')
    .replace(/\b(mailto|javascript|data|tel|www)([:.])(?=\S)/gi, '$1[$2]')
    .replace(/(^|[^\p{L}\p{N}.+_-])@(?=[\p{L}\p{N}_])/gu, '$1[@]')
    .replace(/\{\{/g, '{ {')
    .replace(/\]\(/g, '] (')
}

/** The same where angle brackets are markup too, and there is no way to write them as text. */
export const plainChatText = (text: string): string => chatText(text).replaceAll('<', '‹').replaceAll('>', '›')

/** The text in at most `max` characters after `written` has made it longer: no escape is cut in two. */
export function escapedWithin(text: string, max: number, written: (text: string) => string): string {
  for (let length = max; length > 0; ) {
    const escaped = written(shortened(text, length))
    if (escaped.length <= max) return escaped
    length = Math.min(length - 1, Math.floor((length * max) / escaped.length))
  }
  return ''
}
