/**
 * SQL that makes JSON: a value in whose texts `‹name›` stands for an expression. `"‹#name›"`, a text of nothing else, becomes a number.
 */
export function jsonText(value: unknown, expressions: Readonly<Record<string, string>>): string {
  const pieces = JSON.stringify(value)
    .split(/("‹#[a-z_]+›"|‹[a-z_]+›)/)
    .filter((piece) => piece !== '')
  return `concat(${pieces.map((piece) => pieceText(piece, expressions)).join(', ')})`
}

function pieceText(piece: string, expressions: Readonly<Record<string, string>>): string {
  const name = /^"?‹#?([a-z_]+)›"?$/.exec(piece)?.[1]
  if (name === undefined) return `'${piece.replace(/[\\']/g, '\\$&')}'`
  const expression = expressions[name]
  if (expression === undefined) throw new Error(`nothing is said of ‹${name}›`)
  return `toString(${expression})`
}
