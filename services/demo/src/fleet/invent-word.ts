import type { FleetRandom } from './seeded-random.ts'

const onsets = 'b br c d dr f g gl h k l m n p pl qu r s st t tr v w z'.split(' ')
const vowels = ['a', 'e', 'i', 'o', 'u', 'ai', 'ea', 'io']
const codas = ['', '', '', 'l', 'm', 'n', 'r', 's', 'x']

/** A word that nobody has used before, easy enough to read aloud: `velor`, `starin`. Lower-case letters only. */
export function inventWord(random: FleetRandom, syllables = random.whole(2, 3)): string {
  let word = ''
  for (let count = 0; count < syllables; count++) word += random.choice(onsets) + random.choice(vowels)
  return word + random.choice(codas)
}

/** Words that differ from each other. */
export function inventWords(random: FleetRandom, count: number): string[] {
  const words = new Set<string>()
  while (words.size < count) words.add(inventWord(random))
  return [...words]
}
