/**
 * Breaks text at spaces into lines of at most `width` characters, the first after `first`, the others after as many
 * spaces. A word longer than a line stands alone and is not cut: names must stay whole to be searched for.
 */
export function wrapText(text: string, width: number, first = ''): string[] {
  const room = Math.max(10, width - first.length)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = ''
    }
    line += (line === '' ? '' : ' ') + word
  }
  if (line !== '' || lines.length === 0) lines.push(line)
  return lines.map((content, number) => (number === 0 ? first : ' '.repeat(first.length)) + content)
}
