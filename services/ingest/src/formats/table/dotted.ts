import type { Source } from './source.ts'

/** A name with dots as it stands, or taken apart, as some shippers do. */
export const dotted = (name: string): Source => [name, name.replaceAll('.', '/')]
