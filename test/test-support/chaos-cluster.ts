import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { FleetRandom } from '@straylight/demo/fleet/seeded-random'
import { type KillPoint, killPoints } from '@straylight/runtime/process/kill-point'
import { patienceMs } from './patience.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
// One for each process that must not outlive this one.
process.setMaxListeners(50)

export type Kind = keyof typeof killPoints
/** Every process that can be killed: two of each stage that shares its work, respond and its standby, the credential broker. */
export const members = [
  'ingest-1',
  'ingest-2',
  'baseline-1',
  'baseline-2',
  'score-1',
  'score-2',
  'respond-1',
  'respond-2',
  'broker-1',
] as const
export type Member = (typeof members)[number]

export const faultKindOf = (member: Member): Kind => member.split('-')[0] as Kind

/** A stop that takes longer is none: the program's own bound is 20 s. */
const stopMs = 60_000

/** A kill point of a kind of process. */
export interface NamedPoint {
  readonly kind: Kind
  readonly point: KillPoint
}

export const namedPoints: readonly NamedPoint[] = Object.entries(killPoints).flatMap(([kind, points]) =>
  points.map((point) => ({ kind: kind as Kind, point })),
)

interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<void>
  readonly death: string
  armed: NamedPoint | undefined
  /** Its last words: a log that is away for long makes it say much. */
  said: string
  /** It has said that it is up, however long ago. */
  isUp: boolean
}

export interface ClusterSettings {
  readonly folder: string
  /** Of each process, besides what makes it die. */
  readonly environmentOf: (member: Member) => Readonly<Record<string, string>>
  readonly random: FleetRandom
  /** Where processes shall die; each at its own. */
  readonly points: readonly NamedPoint[]
  readonly say: (line: string) => void
}

/** The processes of the chaos run: starts them, some of them bound to die at a kill point, and starts them again whatever ended them. */
export class ChaosCluster {
  private readonly settings: ClusterSettings
  private readonly running = new Map<Member, Running>()
  private readonly pending: NamedPoint[]
  /** How often somebody died by SIGKILL, and at which points. */
  kills = 0
  readonly died: string[] = []
  /** Processes that ended by themselves, with their last words: nothing asked them to. */
  readonly gaveUp: string[] = []

  constructor(settings: ClusterSettings) {
    this.settings = settings
    this.pending = [...settings.points]
  }

  get alive(): readonly Member[] {
    return [...this.running.keys()]
  }

  /** Somebody of a kind that owes a death at a point and is not itself bound to it: its end makes the other one work. */
  get inTheWay(): Member | undefined {
    const kinds = new Set([...this.running].flatMap(([member, { armed }]) => (armed ? [faultKindOf(member)] : [])))
    return [...this.running].find(([member, { armed }]) => armed === undefined && kinds.has(faultKindOf(member)))?.[0]
  }

  /** Kill points that nobody has died at yet. */
  get owed(): number {
    return this.pending.length + [...this.running.values()].filter(({ armed }) => armed !== undefined).length
  }

  start(member: Member): void {
    const kind = faultKindOf(member)
    const at = this.pending.findIndex((one) => one.kind === kind)
    const armed = at < 0 ? undefined : this.pending.splice(at, 1)[0]
    const death = join(this.settings.folder, `${member}.death`)
    rmSync(death, { force: true })
    const rare = armed?.point.includes('knowledge') || armed?.point.includes('due') || kind === 'broker'
    const passes = String(rare ? 1 : this.settings.random.whole(1, 3))
    const child = spawn(process.execPath, argumentsOf(member, this.settings.folder), {
      cwd: root,
      env: {
        ...surroundings(),
        ...this.settings.environmentOf(member),
        ...(armed === undefined ? {} : { CHAOS_POINT: armed.point, CHAOS_PASSES: passes, CHAOS_DEATH: death }),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const orphaned = () => child.kill('SIGKILL')
    process.once('exit', orphaned)
    const ended = new Promise<void>((resolve) =>
      child.once('close', () => {
        process.off('exit', orphaned)
        resolve()
      }),
    )
    const running: Running = { child, ended, death, armed, said: '', isUp: false }
    child.stderr?.on('data', (chunk: Buffer) => {
      const said = running.said + chunk
      running.isUp ||= said.includes('"url":')
      running.said = said.slice(-20_000)
    })
    this.running.set(member, running)
  }

  /** Resolves when every process has said that it is up. */
  async up(): Promise<void> {
    for (const deadline = performance.now() + patienceMs; ; await sleep(100)) {
      const waiting = [...this.running].filter(([, { isUp }]) => !isUp)
      if (waiting.length === 0) return
      await this.reap()
      if (performance.now() > deadline) throw new Error(`not up: ${waiting.map(([name]) => name).join(', ')}`)
    }
  }

  async kill(member: Member): Promise<void> {
    const running = this.running.get(member)
    if (running === undefined) return
    running.child.kill('SIGKILL')
    await running.ended
    this.settle(member, running, true)
    this.start(member)
  }

  /** Stands still with all its connections open for so long: whoever shares its group goes on without it, and it wakes as a zombie. */
  async freeze(member: Member, ms: number): Promise<void> {
    const running = this.running.get(member)
    running?.child.kill('SIGSTOP')
    await sleep(ms)
    running?.child.kill('SIGCONT')
  }

  /** Starts again whoever has ended, whatever ended it. */
  async reap(): Promise<void> {
    for (const [member, running] of [...this.running]) {
      if (running.child.exitCode === null && running.child.signalCode === null) continue
      await running.ended
      this.settle(member, running, false)
      this.start(member)
    }
  }

  private settle(member: Member, { child, death, armed, said }: Running, killed: boolean): void {
    this.running.delete(member)
    if (armed !== undefined && existsSync(death) && readFileSync(death, 'utf8') === armed.point) {
      this.kills++
      this.died.push(`${armed.kind}: ${armed.point}`)
      this.settings.say(`${member} died ${armed.point}`)
      return
    }
    // Not there yet: the next of its kind is bound to it.
    if (armed !== undefined) this.pending.unshift(armed)
    if (killed) {
      this.kills++
      this.settings.say(`${member} killed`)
      return
    }
    this.gaveUp.push(`${member} ended with ${child.exitCode ?? child.signalCode}: ${lastLines(said)}`)
    this.settings.say(this.gaveUp.at(-1) ?? '')
  }

  /** The last thing that each process warned of, for whoever looks for a cause. */
  warnings(): string {
    const warned = [...this.running].map(([member, { said }]) => {
      const lines = said.split('\n').filter((line) => /"level":"?(40|50|warn|error)/.test(line))
      return `${member}: ${(lines.at(-1) ?? 'no warning').slice(0, 400)}`
    })
    return warned.join('; ')
  }

  /** Asks all to stop; complaints of those that did not end with 0. */
  async stop(): Promise<string[]> {
    const complaints: string[] = []
    await Promise.all(
      [...this.running].map(async ([member, running]) => {
        running.child.kill('SIGTERM')
        const late = setTimeout(() => {
          complaints.push(`${member} was asked to stop and still runs after ${stopMs} ms`)
          running.child.kill('SIGKILL')
        }, stopMs)
        await running.ended
        clearTimeout(late)
        if (running.child.exitCode !== 0)
          complaints.push(
            `${member} did not stop: ${running.child.exitCode ?? running.child.signalCode}: ${lastLines(running.said)}`,
          )
      }),
    )
    this.running.clear()
    return complaints
  }

  async destroy(): Promise<void> {
    for (const { child, ended } of this.running.values()) {
      child.kill('SIGKILL')
      await ended
    }
    this.running.clear()
  }
}

const lastLines = (said: string): string => {
  const loud = said.split('\n').filter((line) => /"level":"?(50|60|error|fatal)/.test(line) || !line.startsWith('{'))
  return loud
    .filter((line) => line !== '')
    .join('\n')
    .slice(-1_500)
}

const surroundings = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(STRAYLIGHT|KAFKA|CLICKHOUSE|CHAOS|NODE_TEST)_/.test(name)),
  )

function argumentsOf(member: Member, folder: string): string[] {
  const hook = [
    '--env-file=services/straylight/engine.env',
    '--import',
    'tsx',
    '--import',
    './test/test-support/chaos-hook.ts',
  ]
  const kind = faultKindOf(member)
  if (kind === 'broker') return [...hook, 'test/test-support/chaos-broker.ts', join(folder, 'broker.json')]
  return [...hook, 'services/straylight/src/main.ts', 'up', kind]
}
