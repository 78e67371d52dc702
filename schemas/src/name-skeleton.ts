import { confusableCharacters } from './confusable-characters.ts'

const prototypes = new Map<string, string>()
for (const entry of confusableCharacters.trim().split(/\s+/)) {
  const [prototype = '', members = ''] = entry.split(':')
  const text = characters(prototype)
  for (const member of members.split(',')) prototypes.set(characters(member), text)
}

function characters(hex: string): string {
  return String.fromCodePoint(...hex.split(',').map((point) => Number.parseInt(point, 16)))
}

/** Characters that show nothing, or only turn what stands around them. U+2800 is a Braille cell without dots. */
export const hiddenCharacter = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u2800]/u
const hiddenCharacters = new RegExp(hiddenCharacter.source, 'gu')

/**
 * What a text looks like: equal for texts that people take for one another. The skeleton of Unicode Technical Standard 39, after
 * compatibility normalisation, without what shows nothing and with spaces as one. To be compared, not to be shown.
 */
export function nameSkeleton(text: string): string {
  const seen = text.normalize('NFKC').replace(hiddenCharacters, '').replace(/\s+/gu, ' ').trim().normalize('NFD')
  let skeleton = ''
  for (const character of seen) skeleton += prototypes.get(character) ?? character
  return skeleton.normalize('NFD')
}

/** The skeletons of a name as it is written and in small letters: names are confusable where either is equal. */
export function nameSkeletons(name: string): readonly [string, string] {
  return [nameSkeleton(name), nameSkeleton(name.toLowerCase()).toLowerCase()]
}
