import { layoutOf, type ObjectLayout } from './object-layout.ts'

/**
 * The canonical form of a JSON value (RFC 8785, JCS): names in order of their UTF-16 units, no spaces, numbers and texts as ECMAScript
 * writes them. Two texts that say the same have one form, whatever their order of names, spaces, escapes or spelling of numbers.
 * `isUnescaped`: the value was parsed from a text without a backslash, so no text in it needs an escape, which is then not looked for.
 */
export function canonicalJson(value: unknown, isUnescaped = false): string {
  return formOf(value, isUnescaped, anyDepth)
}

const anyDepth = 2 ** 30

/** Whether what is being written nests too deep, or holds a number that may be longer in this form than in the text it was parsed from. */
let isDoubtful = false

/**
 * The canonical form of a value parsed from a text without a backslash, where it is no longer than that text can have been: it has the
 * text's own length exactly where the text had no spaces, no other spelling of a number, and no name twice in one object, whose first value
 * parsing drops. `null` where the value nests deeper than `depthMax`, or where a number in it may have been spelled shorter than
 * here, as `1e9` is.
 */
export function canonicalFormNoLonger(value: unknown, depthMax: number): string | null {
  isDoubtful = false
  const form = formOf(value, true, depthMax)
  return isDoubtful ? null : form
}

function formOf(value: unknown, isUnescaped: boolean, depthLeft: number): string {
  if (typeof value === 'string') return isUnescaped ? `"${value}"` : `"${escaped(value)}"`
  if (typeof value === 'number') {
    if (mayHaveGrown(value)) isDoubtful = true
    return JSON.stringify(value)
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (depthLeft === 0) {
    isDoubtful = true
    return ''
  }
  return Array.isArray(value)
    ? listed(value, isUnescaped, depthLeft - 1)
    : named(value as Readonly<Record<string, unknown>>, isUnescaped, depthLeft - 1)
}

/**
 * Whether JSON can spell a number in fewer characters than ECMAScript does: with an exponent, where zeros stand at its end or after its
 * point. Not where three digits that are not all zeros end a whole number, or its first digit stands in the second place behind the point or before.
 */
function mayHaveGrown(value: number): boolean {
  if (Number.isSafeInteger(value)) return value % 1_000 === 0 && value !== 0
  return !(Math.abs(value) >= 0.01 && Math.abs(value) <= Number.MAX_SAFE_INTEGER)
}

function listed(items: readonly unknown[], isUnescaped: boolean, depthLeft: number): string {
  let text = '['
  for (let at = 0; at < items.length; at++) {
    const item = formOf(items[at], isUnescaped, depthLeft)
    text += at === 0 ? item : `,${item}`
  }
  return `${text}]`
}

/** Written in as few pieces as can be: what joins two values is one piece, known beforehand. */
function named(object: Readonly<Record<string, unknown>>, isUnescaped: boolean, depthLeft: number): string {
  const members = membersInOrder(object)
  if (members.length === 0) return '{}'
  let text = ''
  let wasText = false
  for (let at = 0; at < members.length; at++) {
    const member = members[at] as Member
    const inner = object[member.name]
    // Most values are short texts and whole numbers: written here, they cost no call.
    if (typeof inner === 'string') {
      text += wasText ? member.textAfterText : member.text
      text += isUnescaped ? inner : escaped(inner)
      wasText = true
    } else {
      text += wasText ? member.otherAfterText : member.other
      if (typeof inner === 'number') {
        if (mayHaveGrown(inner)) isDoubtful = true
        text += `${inner}`
      } else text += formOf(inner, isUnescaped, depthLeft)
      wasText = false
    }
  }
  return wasText ? `${text}"}` : `${text}}`
}

/** A text that needs no escape is written as it stands: several times faster than `JSON.stringify`. */
const escaped = (text: string): string => (/^[ !#-[\]-~]*$/.test(text) ? text : JSON.stringify(text).slice(1, -1))

/** A name, and what is written before its value: what ends the value before it and begins its own, as these are texts or not. */
interface Member {
  readonly name: string
  readonly other: string
  readonly text: string
  readonly otherAfterText: string
  readonly textAfterText: string
}

/** Names of each kind whose members are shared between objects, some 500 bytes each. */
const knownMembersMax = 10_000
const knownNameMax = 64

const firstMembers = new Map<string, Member>()
const laterMembers = new Map<string, Member>()
/** As many as there are layouts, of members that are shared. */
const ordered = new WeakMap<ObjectLayout, readonly Member[]>()

function membersInOrder(object: object): readonly Member[] {
  const layout = layoutOf(object)
  if (layout === null) return inOrder(Object.keys(object))
  const known = ordered.get(layout)
  if (known !== undefined) return known
  const members = inOrder(layout.names)
  ordered.set(layout, members)
  return members
}

const inOrder = (names: readonly string[]): Member[] =>
  [...names].sort().map((name, at) => memberOf(name, at === 0 ? firstMembers : laterMembers))

function memberOf(name: string, members: Map<string, Member>): Member {
  const before = members.get(name)
  if (before !== undefined) return before
  const head = `${members === firstMembers ? '{' : ','}${JSON.stringify(name)}:`
  const made = { name, other: head, text: `${head}"`, otherAfterText: `"${head}`, textAfterText: `"${head}"` }
  if (name.length > knownNameMax) return made
  // Names that somebody makes up must not keep others out for good.
  if (members.size >= knownMembersMax) members.clear()
  members.set(name, made)
  return made
}
