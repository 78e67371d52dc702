import { hiddenCharacter, nameSkeleton } from './name-skeleton.ts'

/** What nearly every text is made of: nothing to look at more closely. */
const plain = /^[ -~]*$/

/** What shows nothing, turns the text around it, is half a character, or looks like a space and is none. */
const unseen = new RegExp(`${hiddenCharacter.source}|\\p{Cs}|\\p{Co}|(?! )\\p{Zs}|(?<=\\p{M}{2})\\p{M}`, 'gu')
const word = /[\p{L}\p{M}\p{N}]+/gu
const letters = /\p{L}|\p{N}/gu
const signs = /[^\p{L}\p{M}\p{N}\s\\{}]/gu
/** Marks of ordinary prose, which nobody takes for a part of a name. */
const prose = /[‘’‚‛“”„′″…·×]/u

/**
 * The text as it is shown to people: a character that is invisible, turns the direction of writing, or passes for a letter of
 * another script stands as its code, `\u{202E}`. So a name in a sentence is the name that it looks like. Letters of other scripts
 * stay where a whole word is written in them. Machines compare the raw text; done twice, it changes nothing more.
 */
export function visibleText(text: string): string {
  if (plain.test(text)) return text
  return text
    .replace(unseen, codeOf)
    .split(' ')
    .map((part) => (plain.test(part) ? part : withoutImitators(part)))
    .join(' ')
}

/** The same of text in lines. */
export const visibleLines = (text: string): string => text.split('\n').map(visibleText).join('\n')

const codeOf = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16).toUpperCase()}}`

/** A part of a sentence between spaces. */
function withoutImitators(part: string): string {
  const hasLatin = /[A-Za-z]/.test(part)
  const words = part.replace(word, (found) => (passesForLatin(found, hasLatin) ? coded(found, letters) : found))
  return /[\p{L}\p{N}]/u.test(part) ? coded(words, signs) : words
}

/** A word that mixes letters with imitators of them, or that holds nothing but such. */
function passesForLatin(found: string, besideLatin: boolean): boolean {
  if (/[A-Za-z]/.test(found)) return true
  const held = [...found].filter((character) => /\p{L}/u.test(character))
  return held.length >= (besideLatin ? 1 : 2) && held.every(isImitator)
}

const coded = (text: string, which: RegExp): string =>
  text.replace(which, (character) => (isImitator(character) && !prose.test(character) ? codeOf(character) : character))

/** Looks like one character of ASCII, and is none. */
function isImitator(character: string): boolean {
  return !plain.test(character) && /^[ -~]$/.test(nameSkeleton(character))
}
