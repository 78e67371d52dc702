import { visibleLines } from '@straylight/schemas/visible-text'
import type { JSX as ReactJsx } from 'react'
import { jsx as makeOne, jsxs as makeSeveral, Fragment as ReactFragment } from 'react/jsx-runtime'

export declare namespace JSX {
  type ElementType = ReactJsx.ElementType
  interface Element extends ReactJsx.Element {}
  interface ElementClass extends ReactJsx.ElementClass {}
  interface ElementAttributesProperty extends ReactJsx.ElementAttributesProperty {}
  interface ElementChildrenAttribute extends ReactJsx.ElementChildrenAttribute {}
  type LibraryManagedAttributes<Component, Props> = ReactJsx.LibraryManagedAttributes<Component, Props>
  interface IntrinsicAttributes extends ReactJsx.IntrinsicAttributes {}
  interface IntrinsicClassAttributes<Instance> extends ReactJsx.IntrinsicClassAttributes<Instance> {}
  interface IntrinsicElements extends ReactJsx.IntrinsicElements {}
}

export const Fragment = ReactFragment

/** Attributes that are read to people. */
const readAttributes = ['title', 'aria-label', 'placeholder'] as const

/**
 * React's own, and every text that is put on a page passes here first: names that agents made up are shown as what they are
 * (`visibleText`), wherever they stand. Addresses, ids and what is typed stay as they are.
 */
export const jsx: typeof makeOne = (type, props, key) => makeOne(type, shownProps(type, props), key)
export const jsxs: typeof makeSeveral = (type, props, key) => makeSeveral(type, shownProps(type, props), key)

function shownProps(type: unknown, props: unknown): unknown {
  if (typeof props !== 'object' || props === null) return props
  const shown: Record<string, unknown> = { ...props }
  // Of components too: some of them are not made here. What is done twice changes nothing more.
  if ('children' in shown) shown.children = shownText(shown.children)
  if (typeof type !== 'string') return shown
  for (const name of readAttributes) if (name in shown) shown[name] = shownText(shown[name])
  return shown
}

function shownText(content: unknown): unknown {
  if (typeof content === 'string') return visibleLines(content)
  return Array.isArray(content) ? content.map(shownText) : content
}
