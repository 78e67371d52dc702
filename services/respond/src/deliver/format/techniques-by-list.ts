import type { Alert } from '@straylight/schemas/alert'

/** The techniques of an alert's findings: ids of MITRE ATLAS without a prefix, and those of other lists as they are. At most 20 each. */
export function techniquesByList({ findings }: Alert): { atlas: string[]; others: string[] } {
  const all = [...new Set(findings.flatMap(({ techniques }) => techniques))]
  const bare = all.map((technique) => technique.replace(/^ATLAS:/, ''))
  return {
    atlas: bare.filter((technique) => isAtlas.test(technique)).slice(0, 20),
    others: bare.filter((technique) => !isAtlas.test(technique)).slice(0, 20),
  }
}

const isAtlas = /^AML\.T\d{4}(\.\d{3})?$/
