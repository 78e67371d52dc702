import { type FeatureName, featureFamilies } from './feature.ts'
import type { AnyFeatureFamily, FeatureDefinition, SumWeight } from './feature-family.ts'

const head = `# Features

One event is compared with what is known of its agent, of its peers and of its tenant. Each feature is one number of that
comparison: a *surprise* in nats (−ln of a probability), a *switch* from 0 to 1, or a *circumstance* that says nothing by itself.
Probabilities are Pitman–Yor estimates (discount ½, strength 1; Teh, 2006): the agent's own counts back off to those of its peers,
these to the tenant's, and the tenant's to a prior ([priors.ts](../models/src/features/priors.ts)). Counts lose half their weight as
days go by, the number of distinct names does not. A feature whose fields are missing is 0.

A score is a sum of *weight* × min(feature, *cap*). There are two sums: **with** provenance, where history tells where the values of
arguments came from, and **without**, which also judges beside the other one. A failed call counts half. A small network reads all
features and adds a few nats at most; surprises and switches can only raise what it adds.

Features that stand in no sum say by how much one of them moves a score. All of them taken out at once and the network trained anew
(two public streams, each as given and without provenance, three seeds): a score finds the same attack sessions at 1 % and at 5 % of
quiet ones in all four, since the sum leads (and without provenance judges alone). The network alone finds fewer at 1 % as given (.62 to .50, .79 to .56) and as many or
more without provenance ([all figures](../benchmarks/detection.md#without-the-features-that-stand-in-no-sum)). They may go together
when models are trained anew for another reason, since any change of inputs changes all scores.

This page is made by \`npm run features-doc\` from the definitions in
[models/src/features](../models/src/features) (\`*-family.ts\`), where a feature is added.
`

/** \`docs/features.md\`: every feature, family by family, in the order of the vector. */
export const featuresDoc = (): string => `${[head, ...featureFamilies.map(familySection)].join('\n')}`

function familySection({ name, question, features, reads }: AnyFeatureFamily): string {
  const lines = [`## ${name[0]?.toUpperCase()}${name.slice(1)}`, '', question, '']
  if (reads.length > 0) lines.push(`Reads ${reads.map(code).join(', ')} of earlier families.`, '')
  for (const [feature, definition] of Object.entries(features))
    lines.push(...featureSection(feature as FeatureName, definition), '')
  return lines.join('\n')
}

function featureSection(name: FeatureName, definition: FeatureDefinition): string[] {
  const { kind, range, unit, formula, needs, cause } = definition
  const rows: [string, string][] = [
    ['formula', formula],
    ['kind and range', `${kind}, ${range}; the network takes ${unit} as 1`],
    ['needs', needs.length === 0 ? 'nothing beyond time, system and action' : needs.map(code).join(', ')],
  ]
  if ('weights' in definition) {
    const { with_provenance, without_provenance } = definition.weights
    rows.push(['weight with provenance', weightText(with_provenance)])
    rows.push(['weight without', weightText(without_provenance)])
  } else rows.push(['in no sum', definition.kept_because])
  if (cause !== null) rows.push(['cause', code(cause.name)], ['techniques', cause.techniques.join(', ')])
  const title = 'title' in definition ? `: ${definition.title}` : ''
  return [
    `### \`${name}\`${title}`,
    '',
    '| | |',
    '|---|---|',
    ...rows.map(([what, text]) => `| ${what} | ${cell(text)} |`),
  ]
}

function weightText(weight: SumWeight | undefined): string {
  if (weight === undefined) return '–'
  const { when_not_tainted, when_nothing_read } = weight
  const parts = [`${Number(weight.weight.toPrecision(6))}, cap ${weight.cap}`]
  if (when_not_tainted !== undefined)
    parts.push(`× ${when_not_tainted} where every origin is known and no value came out of an output`)
  if (when_nothing_read !== undefined) parts.push(`× ${when_nothing_read} where the session had read nothing`)
  return parts.join('; ')
}

const code = (text: string): string => `\`${text}\``
const cell = (text: string): string => text.replaceAll('|', '\\|')
