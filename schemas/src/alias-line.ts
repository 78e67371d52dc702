import { visibleText } from './visible-text.ts'

/** The entry by which a registry says that two names are one agent: `- { agent: code-reviewer, aliases: [pr-reviewer] }`, beside what else it says of it. */
export const aliasLine = ({ tenant, agent, from }: { tenant: string; agent: string; from: string }): string =>
  visibleText(
    `- { ${tenant === 'default' ? '' : `tenant: ${yaml(tenant)}, `}agent: ${yaml(from)}, aliases: [${yaml(agent)}] }`,
  )

/** A name as YAML reads it in a flow: plain where it can only be read as this text. */
const yaml = (name: string): string =>
  /^[A-Za-z][\w./@-]*$/.test(name) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(name) ? name : JSON.stringify(name)
