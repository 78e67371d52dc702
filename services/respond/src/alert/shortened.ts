/** The beginning of a word that a cut leaves behind, where the word began not far before; a longer one is cut within. */
const brokenWord = /\s+\S{1,30}$/

/**
 * A text of at most `max` characters (UTF-16 code units), an ellipsis at its end where it was longer: after a whole word, unless
 * that is very long. Well-formed whatever comes in: no pair is cut in two, and a half that came in already becomes U+FFFD.
 */
export function shortened(text: string, max: number): string {
  const whole = text.length <= max ? text : `${cut(text, max - 1)}…`
  return whole.replace(/\p{Cs}/gu, '\ufffd')
}

function cut(text: string, max: number): string {
  const begin = text.slice(0, max).replace(/[\ud800-\udbff]$/, '')
  return /\s/.test(text.charAt(max)) ? begin.trimEnd() : begin.replace(brokenWord, '')
}
