import type { FastifyRequest } from 'fastify'
import type { Asker } from '../asker.ts'
import { ConsoleProblem } from '../console-problem.ts'

/** Questions that are answered at once: of one person, and of all who are bound to the same tenant. */
const runningMax = { person: 6, tenant: 12 } as const
/** Questions of one person that may wait for their turn: more than any page asks. */
const waitingMax = 48

/** Whether whoever asked has hung up. A request whose body was read is over by itself, and says nothing of its asker. */
export const hasGone = ({ raw }: Pick<FastifyRequest, 'raw'>): boolean => raw.socket.destroyed

interface Waiting {
  readonly person: string
  readonly tenant: string
  readonly isGone: () => boolean
  readonly begin: () => void
  readonly drop: () => void
}

/**
 * Who asks much waits behind their own questions, not others behind theirs. A question whose asker has gone meanwhile is dropped
 * before it costs anything.
 */
export function createAskerTurns() {
  const running = new Map<string, number>()
  const waiting: Waiting[] = []
  const count = (name: string) => running.get(name) ?? 0
  const add = (name: string, change: number) => {
    const now = count(name) + change
    if (now === 0) running.delete(name)
    else running.set(name, now)
  }
  const isFree = ({ person, tenant }: Pick<Waiting, 'person' | 'tenant'>) =>
    count(person) < runningMax.person && count(tenant) < runningMax.tenant

  function beginWhoMay(): void {
    for (let at = 0; at < waiting.length; ) {
      const one = waiting[at]
      if (one === undefined) return
      if (!one.isGone() && !isFree(one)) {
        at++
        continue
      }
      waiting.splice(at, 1)
      if (one.isGone()) one.drop()
      else one.begin()
    }
  }

  return {
    /** Comes back when it is this question's turn, with what ends the turn. Throws `too_many` where too many of this person wait. */
    async take({ user, tenant }: Pick<Asker, 'user' | 'tenant'>, isGone: () => boolean): Promise<() => void> {
      const of = { person: `person ${JSON.stringify([tenant, user])}`, tenant: `tenant ${JSON.stringify(tenant)}` }
      const end = () => {
        add(of.person, -1)
        add(of.tenant, -1)
        // The next one begins when others of this process had their turn.
        setImmediate(beginWhoMay)
      }
      const begin = () => {
        add(of.person, 1)
        add(of.tenant, 1)
      }
      if (isFree(of)) {
        begin()
        return end
      }
      if (waiting.filter(({ person }) => person === of.person).length >= waitingMax)
        throw new ConsoleProblem(
          'too_many',
          `${waitingMax} of your questions wait already. Ask again in some seconds.`,
          {
            retryAfterSeconds: 5,
          },
        )
      return new Promise((resolve, reject) => {
        waiting.push({
          ...of,
          isGone,
          begin: () => {
            begin()
            resolve(end)
          },
          drop: () => reject(new ConsoleProblem('too_many', 'Whoever asked has gone.')),
        })
      })
    },
  }
}
export type AskerTurns = ReturnType<typeof createAskerTurns>
