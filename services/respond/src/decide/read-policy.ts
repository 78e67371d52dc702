import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { errorText } from '@straylight/schemas/error-text'
import { Policy, type WebhookFormat } from '@straylight/schemas/policy'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { isAlias, isNode, LineCounter, parseDocument } from 'yaml'
import { withoutUrls } from '../deliver/shown-url.ts'

/** The policy can't be used: each line names the file, the line, the path in it and what was expected. */
export class BadPolicy extends StraylightError {
  override readonly name = 'BadPolicy'
  override readonly code = 'bad_policy'
  override readonly exit_code = 2
}

/** Reads and checks a policy file. Without a path: the default, which alerts only. Throws `BadPolicy`. */
export async function readPolicy(path: string | undefined): Promise<Policy> {
  if (path === undefined) return Policy.parse({})
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new BadPolicy(`${path}: cannot be read (${errorText(error)})`, {
      cause: error,
    })
  })
  const policy = policyOfText(text, path)
  const folder = dirname(path)
  return { ...policy, webhooks: policy.webhooks.map((webhook) => withFilePath(webhook, folder)) }
}

/** Files that a webhook names lie beside the policy. */
function withFilePath(webhook: Policy['webhooks'][number], folder: string): Policy['webhooks'][number] {
  const { url_file: url, token_file: token } = webhook
  return {
    ...webhook,
    ...(url === undefined ? {} : { url_file: resolve(folder, url) }),
    ...(token === undefined ? {} : { token_file: resolve(folder, token) }),
  }
}

/** The policy in a text; `name` stands in front of every error. */
export function policyOfText(text: string, name: string): Policy {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const lineOf = (offset: number): number => lines.linePos(offset).line
  if (document.errors.length > 0) {
    throw new BadPolicy(
      // What follows the colon is quoted from the file, and that may be half a webhook's secret.
      document.errors
        .map(({ message, pos }) => `${name}:${lineOf(pos[0])}: not YAML: ${message.split(': ')[0]}`)
        .join('\n'),
    )
  }
  const read = Policy.safeParse(contentOf(document, name) ?? {})
  const problems: Problem[] = read.success ? contradictions(read.data) : read.error.issues.map(problemOf)
  if (read.success && problems.length === 0) return read.data
  const placed = problems.map(({ path, expected }) => {
    const at = lineOf(offsetOf(document, path))
    return withoutUrls(`${name}:${at}: ${path.map(String).join('.') || 'the whole file'}: ${expected}`)
  })
  throw new BadPolicy(placed.join('\n'))
}

/** The document as a value. The parser's own words for an alias to nothing would quote it. */
function contentOf(document: ReturnType<typeof parseDocument>, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    throw new BadPolicy(`${name}: has an alias (*…) that names no anchor before it, or too many of them`)
  }
}

interface Problem {
  readonly path: readonly PropertyKey[]
  readonly expected: string
}

const problemOf = (issue: {
  path: readonly PropertyKey[]
  message: string
  code?: string
  keys?: string[]
}): Problem =>
  issue.code === 'unrecognized_keys' && issue.keys?.[0] !== undefined
    ? { path: [...issue.path, issue.keys[0]], expected: 'there is no such setting' }
    : { path: issue.path, expected: issue.message }

/** What each setting allows and all together do not. */
function contradictions(policy: Policy): Problem[] {
  const { reply_within_seconds: reply, expires_after_seconds: expires } = policy.revocation
  const problems: Problem[] = [...repeated(policy, 'webhooks'), ...repeated(policy, 'issuers')]
  if (reply > expires) {
    problems.push({
      path: ['revocation', 'reply_within_seconds'],
      expected: `expected at most expires_after_seconds (${expires}): a broker must be able to answer before a command expires`,
    })
  }
  policy.webhooks.forEach((webhook, index) => {
    const expected = addressFault(webhook)
    if (expected !== null) problems.push({ path: ['webhooks', index, 'url'], expected })
    const token = tokenFault(webhook)
    if (token !== null) problems.push({ path: ['webhooks', index, 'token'], expected: token })
  })
  policy.issuers.forEach((issuer, index) => {
    if (Buffer.from(issuer.public_key, 'base64url').length === 32) return
    problems.push({
      path: ['issuers', index, 'public_key'],
      expected: 'expected the `x` of an Ed25519 JWK: 43 characters of base64url',
    })
  })
  return problems
}

function addressFault({ url, url_file: file, allow_private }: Policy['webhooks'][number]): string | null {
  if ((url === undefined) === (file === undefined)) return 'expected either url, or url_file with a file that holds it'
  const protocol = url === undefined ? 'https:' : new URL(url).protocol
  if (protocol === 'https:' || (protocol === 'http:' && allow_private)) return null
  return 'expected https; http is for a receiver inside the same network, with allow_private: true'
}

const tokenNeed: Record<WebhookFormat, 'must' | 'may' | 'never'> = {
  straylight: 'never',
  slack: 'never',
  teams: 'never',
  pagerduty: 'must',
  splunk_hec: 'must',
  elastic_ecs: 'may',
  ocsf: 'may',
}

function tokenFault({ format, token, token_file: file }: Policy['webhooks'][number]): string | null {
  const given = [token, file].filter((one) => one !== undefined).length
  if (given > 1) return 'expected either token, or token_file with a file that holds it'
  const need = tokenNeed[format ?? 'straylight']
  if (need === 'must' && given === 0)
    return `expected token_file, with a file that holds the token that ${format} asks for`
  if (need === 'never' && given > 0) return `a webhook of format ${format ?? 'straylight'} takes no token`
  return null
}

function repeated(policy: Policy, list: 'webhooks' | 'issuers'): Problem[] {
  const names = policy[list].map(({ name }) => name)
  return names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [{ path: [list, index, 'name'], expected: `"${name}" is there already` }],
  )
}

/** Where the path starts in the text, or where its deepest part that is there does. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true)
    if (isNode(node) && !isAlias(node) && node.range) return node.range[0]
  }
  return 0
}
