/**
 * A text of at most `max` characters (UTF-16 code units), an ellipsis in the last place where it was longer. Well-formed
 * whatever comes in: no pair is cut in two, and a half that came in already becomes U+FFFD.
 */
export function shortened(text: string, max: number): string {
  const whole = text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`
  return whole.replace(/\p{Cs}/gu, '\ufffd')
}
