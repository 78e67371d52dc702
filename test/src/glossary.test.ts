import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/**
 * Words that docs/glossary.md replaced: what to write instead, and where the word is refused. A word that has an everyday
 * meaning beside the retired one is refused as a name only, or in the one place where it had the other meaning.
 */
interface RetiredWord {
  readonly word: string
  readonly found: RegExp
  readonly instead: string
  readonly within?: RegExp
  /** Wire names that stay until their topic's or table's next version, and words of others. */
  readonly except?: RegExp
}

const stages = /^(models|services\/(score|respond|baseline|ingest))\//

const retired: readonly RetiredWord[] = [
  {
    word: 'told',
    found: /(?<![A-Za-z])[Tt]old(?![a-z])|[a-z]Told(?![a-z])|\b[Uu]ntold\b/,
    instead: 'reported, known, said',
    except: /told_fields/g,
  },
  { word: 'borne', found: /[Bb]orne(?![a-z])/, instead: 'tainted, from tool output' },
  { word: 'shelf', found: /[a-z]Shel(?:f|ves)\b|\bshel(?:f|ves)\b/, instead: 'cache', within: stages },
  {
    word: 'book (as a name)',
    found: /[a-z]Books?\b|\bbook(?:Of|s)\b/,
    instead: 'store, tracker, index',
    within: stages,
  },
  {
    word: 'door',
    found: /\b[Dd]oors?\b|Doors?(?![a-z])|\bdoor[A-Z]/,
    instead: 'endpoint',
    except: /straylight_door_\w+/g,
  },
  { word: 'hear (as a name)', found: /\bhears?\(|\bheard\(/, instead: 'observe, note a heartbeat', within: stages },
  {
    word: 'plain (of evidence)',
    found:
      /\b[Pp]lain (?:evidence|sum|score)\b|\b(?:is|by|in|beside)Plain(?![a-z])|\bplain(?:Share|Surprise|Led|PValue|Evidence)|(?:artifact|model|surprise)\??\.plain\b|^\s+(?:readonly )?plain\??:|\bplain_\w+/,
    instead: 'without provenance',
    within: stages,
    // `plain_text` is Slack's.
    except: /isPlain\(text|plain_maxima|plain_text/g,
  },
  {
    word: 'held out (of learning)',
    found: /\b[hH]eldOut|HeldOut|\bheld(?:Mark|ForMs)\b|\bheld[- ]out\b/,
    instead: 'quarantined',
    within: /^(services|test|schemas|deploy)\//,
  },
  { word: 'kit', found: /\btest-kit\b|\/kit\//, instead: 'test support' },
  {
    word: 'take (as a name)',
    found: /\btakes?[A-Z]\w*|\b(?:isTaken|whenTaken|rowsTaken)\b|\/take-[a-z-]+\.ts/,
    instead: 'read, load, apply, drain, add, observe',
  },
  { word: 'rest (as a name)', found: /\.rest\(\)|^\s+rest\(\)|[a-z]RestMs\b/, instead: 'compact, pause, throttle' },
  { word: 'stranger (as a name)', found: /\b[a-z]+Stranger|\bstrangerIn\b/, instead: 'unknown, unregistered' },
  {
    word: 'sharing (of partitions)',
    found: /\bsharings?\b/,
    instead: 'assignment',
    within: /^services\/runtime\/src\/kafka\//,
  },
  {
    word: 'offer (of a batch)',
    found: /\boffers?\b|Offers?\b/,
    instead: 'batch',
    within: /^services\/runtime\/src\/kafka\//,
  },
  { word: 'knowing (as a name)', found: /\bknowing(?:Of|s)\b|\bKnowing\b/, instead: 'judging context' },
  { word: 'last word (as a name)', found: /\blastWords?\b|\/last-word/, instead: 'last heartbeat, final message' },
]

const root = fileURLToPath(new URL('../../', import.meta.url))
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(root + file))
  // This list names them, the changelog names what was called so, and data is nobody's prose.
  .filter((file) => /\.(ts|md|sql|ya?ml|sh)$/.test(file) && !/glossary\.test\.ts$|^CHANGELOG\.md$/.test(file))

for (const { word, found, instead, within, except } of retired)
  test(`nothing says "${word}": ${instead}`, () => {
    const said = files
      .filter((file) => within === undefined || within.test(file))
      .flatMap((file) => [
        ...(found.test(`/${file}`) ? [`${file} (its name)`] : []),
        ...readFileSync(root + file, 'utf8')
          .split('\n')
          .flatMap((line, at) =>
            found.test(except === undefined ? line : line.replace(except, ''))
              ? [`${file}:${at + 1}: ${line.trim()}`]
              : [],
          ),
      ])
    assert.equal(said.length, 0, `${said.length} times:\n${said.join('\n')}`)
  })
