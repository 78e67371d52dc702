import type { SyntheticDestinationKind } from './synthetic-destination.ts'

/** What calling a tool looks like from outside, in the middle of its range; each agent varies it. */
export interface ToolSpec {
  readonly system: string
  readonly action: string
  /** Argument names; those with '?' come sometimes. */
  readonly arguments: string
  readonly privilege: 'read' | 'write' | 'admin'
  /** Where it goes, and the share of calls that go somewhere new. */
  readonly to?: SyntheticDestinationKind
  readonly fresh?: number
  /** Median bytes sent and received; a third of the calls lie within `spread` natural logs on either side. */
  readonly sent: number
  readonly received: number
  readonly spread: number
  /** Median of records touched, where the tool reports them. */
  readonly records?: number
  /** Share of calls that fail. */
  readonly failing?: number
}

/** A kind of work that a tenant has agents for: its tools, from which groups of agents take some. */
export type Trade = readonly ToolSpec[]

type Rest = Omit<ToolSpec, 'system' | 'action' | 'arguments' | 'privilege' | 'sent' | 'received' | 'spread'>

/** `[bytes sent, bytes received, spread]` keeps a tool on one line. */
type Volume = readonly [sent: number, received: number, spread: number]

const tool =
  (privilege: ToolSpec['privilege']) =>
  (name: string, args: string, [sent, received, spread]: Volume, rest: Rest = {}): ToolSpec => {
    const [system = name, action = name] = name.split(' ')
    return { system, action, arguments: args, privilege, sent, received, spread, ...rest }
  }
const reads = tool('read')
const writes = tool('write')
const governs = tool('admin')

const correspondence: Trade = [
  reads('post find', 'terms folder? since?', [90, 5200, 0.9]),
  reads('post open', 'item', [60, 7400, 1.1], { to: 'id', fresh: 0.55 }),
  writes('post dispatch', 'recipients heading text enclosures? copy?', [1900, 210, 0.9], { to: 'mail', fresh: 0.07 }),
  writes('post answer', 'item text', [1300, 190, 0.8], { to: 'mail', fresh: 0.03 }),
  reads('diary slots', 'from until people?', [120, 2600, 0.6]),
  writes('diary book', 'heading from until people place?', [420, 380, 0.5], { to: 'mail', fresh: 0.04 }),
  writes('diary cancel', 'entry note?', [110, 150, 0.4], { to: 'id', fresh: 0.5, failing: 0.03 }),
  reads('shelf browse', 'folder depth?', [70, 3900, 0.8], { to: 'path', fresh: 0.04 }),
  reads('shelf fetch', 'file', [80, 48_000, 1.7], { to: 'file', fresh: 0.2 }),
  writes('shelf keep', 'file folder contents', [21_000, 240, 1.5], { to: 'file', fresh: 0.35 }),
  writes('shelf share', 'file with level?', [150, 190, 0.3], { to: 'mail', fresh: 0.05 }),
  reads('people look_up', 'name', [60, 900, 0.5], { to: 'name', fresh: 0.12 }),
  reads('web visit', 'address', [110, 62_000, 1.2], { to: 'host', fresh: 0.18, failing: 0.06 }),
  reads('web ask', 'words count?', [90, 9800, 0.5]),
]

const programming: Trade = [
  reads('tree list', 'directory pattern?', [80, 2400, 1], { to: 'path', fresh: 0.06 }),
  reads('tree read', 'file first? last?', [90, 9600, 1.3], { to: 'path', fresh: 0.15, failing: 0.04 }),
  reads('tree grep', 'expression directory? context?', [110, 5100, 1.4]),
  writes('tree patch', 'file before after', [2600, 180, 1.1], { to: 'path', fresh: 0.08, failing: 0.07 }),
  writes('tree create', 'file contents', [5200, 150, 1.2], { to: 'path', fresh: 0.8 }),
  writes('shell execute', 'line timeout? directory?', [140, 3800, 1.8], { failing: 0.12 }),
  reads('checks start', 'target filter?', [100, 14_000, 1.3], { to: 'name', fresh: 0.03, failing: 0.18 }),
  writes('versions commit', 'summary files?', [380, 260, 0.6]),
  writes('versions push', 'remote branch', [9000, 420, 1.6], { to: 'host', fresh: 0.004, failing: 0.03 }),
  writes('review open', 'heading text branch reviewers?', [1700, 900, 0.7], { to: 'id', fresh: 0.9 }),
  reads('review comments', 'number', [70, 6100, 1], { to: 'id', fresh: 0.4 }),
  reads('packages details', 'package version?', [90, 12_000, 1], { to: 'name', fresh: 0.15 }),
  reads('manual page', 'address', [120, 38_000, 1], { to: 'host', fresh: 0.12, failing: 0.05 }),
]

const paying: Trade = [
  reads('bills pending', 'before? limit?', [70, 8200, 0.8], { records: 30 }),
  reads('bills show', 'bill', [60, 2300, 0.5], { to: 'id', fresh: 0.7 }),
  reads('vendors show', 'vendor', [60, 1500, 0.4], { to: 'name', fresh: 0.05 }),
  governs('vendors change', 'vendor field value', [240, 300, 0.4], { to: 'name', fresh: 0.08 }),
  writes('bank transfer', 'account amount currency reference? urgent?', [310, 260, 0.2], {
    to: 'account',
    fresh: 0.03,
    failing: 0.02,
  }),
  writes('bank schedule', 'account amount currency due', [290, 240, 0.2], { to: 'account', fresh: 0.02 }),
  reads('bank statement', 'account from until', [110, 26_000, 1.1], { to: 'account', fresh: 0.01, records: 140 }),
  reads('bank balance', 'account', [60, 210, 0.2], { to: 'account', fresh: 0.004 }),
  writes('books enter', 'date debit credit amount text?', [330, 180, 0.3], { records: 1 }),
  reads('books report', 'period kind format?', [120, 92_000, 1.2], { to: 'name', fresh: 0.05, records: 900 }),
  writes('notice send', 'recipient template values?', [900, 160, 0.5], { to: 'mail', fresh: 0.06 }),
  reads('rates quote', 'pair', [70, 240, 0.2], { to: 'host', fresh: 0.002 }),
]

const assisting: Trade = [
  reads('desk queue', 'state limit?', [80, 9300, 0.7], { records: 25 }),
  reads('desk case', 'case', [60, 3700, 0.8], { to: 'id', fresh: 0.75 }),
  writes('desk reply', 'case text visibility?', [1400, 220, 0.8], { to: 'id', fresh: 0.02 }),
  writes('desk close', 'case reason', [130, 160, 0.3], { to: 'id', fresh: 0.02 }),
  reads('clients profile', 'client', [60, 2100, 0.5], { to: 'id', fresh: 0.6 }),
  writes('clients amend', 'client field value', [220, 260, 0.4], { to: 'id', fresh: 0.1 }),
  governs('access unlock', 'account channel?', [110, 190, 0.3], { to: 'name', fresh: 0.3, failing: 0.03 }),
  governs('access grant', 'account group until?', [150, 200, 0.3], { to: 'name', fresh: 0.2 }),
  reads('orders history', 'client limit?', [80, 6400, 0.9], { to: 'id', fresh: 0.5, records: 12 }),
  writes('orders refund', 'order amount reason', [190, 240, 0.3], { to: 'id', fresh: 0.8, failing: 0.02 }),
  reads('articles search', 'words section?', [90, 7200, 0.5]),
  reads('articles text', 'article', [60, 11_000, 0.7], { to: 'id', fresh: 0.04 }),
  writes('letters mail', 'recipient heading text', [1700, 180, 0.6], { to: 'mail', fresh: 0.45 }),
  writes('phone call_back', 'number note?', [160, 150, 0.2], { to: 'account', fresh: 0.4 }),
]

const refining: Trade = [
  reads('lake query', 'statement engine? limit?', [420, 180_000, 1.9], {
    to: 'name',
    fresh: 0.03,
    records: 4000,
    failing: 0.05,
  }),
  reads('lake schema', 'table', [60, 4100, 0.7], { to: 'name', fresh: 0.03 }),
  writes('lake load', 'table source mode?', [260, 310, 0.3], { to: 'name', fresh: 0.02, records: 12_000 }),
  governs('lake remove', 'table partition?', [110, 140, 0.2], { to: 'name', fresh: 0.06 }),
  reads('bucket list', 'prefix limit?', [90, 12_000, 1], { to: 'path', fresh: 0.1, records: 60 }),
  reads('bucket get', 'object', [80, 1_400_000, 1.8], { to: 'path', fresh: 0.5, failing: 0.03 }),
  writes('bucket put', 'object body class?', [900_000, 260, 1.8], { to: 'path', fresh: 0.6 }),
  writes('feed publish', 'stream messages', [64_000, 300, 1.4], { to: 'host', fresh: 0.01, records: 300 }),
  reads('feed pull', 'source cursor?', [120, 240_000, 1.5], { to: 'host', fresh: 0.02, records: 500, failing: 0.06 }),
  writes('jobs submit', 'job parameters? cluster?', [700, 340, 0.6], { to: 'name', fresh: 0.04, failing: 0.04 }),
  reads('jobs state', 'run', [60, 700, 0.5], { to: 'id', fresh: 0.5 }),
  writes('quality record', 'suite result', [1200, 130, 0.7], { to: 'name', fresh: 0.02 }),
  writes('chat post', 'channel text', [500, 120, 0.6], { to: 'name', fresh: 0.01 }),
]

const operating: Trade = [
  reads('compute describe', 'region filters? page?', [160, 34_000, 1.2], { records: 40 }),
  governs('compute halt', 'instances force?', [140, 420, 0.3], { to: 'id', fresh: 0.5, failing: 0.03 }),
  governs('compute launch', 'image kind count tags?', [620, 2800, 0.4], { to: 'id', fresh: 0.4, failing: 0.05 }),
  reads('secrets read', 'name version?', [80, 350, 0.3], { to: 'path', fresh: 0.02, failing: 0.02 }),
  governs('identity attach', 'principal policy', [230, 170, 0.2], { to: 'name', fresh: 0.12 }),
  reads('identity policies', 'principal', [90, 5200, 0.8], { to: 'name', fresh: 0.1 }),
  reads('logs tail', 'group since filter?', [150, 88_000, 1.6], { to: 'path', fresh: 0.05 }),
  reads('metrics series', 'metric window step?', [190, 21_000, 0.9], { to: 'name', fresh: 0.04 }),
  writes('alarms silence', 'alarm minutes reason?', [170, 140, 0.2], { to: 'name', fresh: 0.12 }),
  governs('names record', 'zone record value ttl?', [210, 260, 0.2], { to: 'host', fresh: 0.15 }),
  writes('rollout start', 'service revision canary?', [240, 620, 0.3], { to: 'name', fresh: 0.02, failing: 0.08 }),
  reads('rollout watch', 'rollout', [60, 1500, 0.6], { to: 'id', fresh: 0.4 }),
  writes('pager note', 'incident text', [540, 160, 0.6], { to: 'id', fresh: 0.3 }),
  governs('firewall open', 'group port range', [180, 200, 0.2], { to: 'id', fresh: 0.1, failing: 0.02 }),
]

/** All kinds of work; a fleet has each at least once. */
export const trades: readonly Trade[] = [correspondence, programming, paying, assisting, refining, operating]
