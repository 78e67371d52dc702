import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { type DoneCommand, startReferenceBroker } from '@straylight/demo/broker/reference-broker'
import { openKafkaLog } from '@straylight/runtime/kafka/kafka-log'
import { z } from 'zod'

/**
 * The credential broker of the chaos run, a process of its own: the reference broker with a ledger on disk. The ledger is
 * the world: each line is a command that took effect or was refused, written before it is answered.
 */
export const LedgerLine = z.object({ id: z.string(), code: z.string(), until: z.number() })

export const BrokerSettings = z.object({
  brokers: z.array(z.string()),
  public_key: z.string(),
  ledger: z.string(),
  credentials: z.array(
    z.object({
      tenant: z.string(),
      agent: z.string(),
      id: z.string(),
      session: z.string().optional(),
      issued_at: z.number(),
      expires_at: z.number(),
    }),
  ),
})

async function main(path: string): Promise<void> {
  const settings = BrokerSettings.parse(JSON.parse(readFileSync(path, 'utf8')))
  const log = await openKafkaLog({
    brokers: settings.brokers,
    clientId: 'broker',
    replicationFactor: 1,
    log: () => undefined,
  })
  const memory = new Map<string, DoneCommand>()
  if (existsSync(settings.ledger))
    for (const { id, code, until } of linesOf(settings.ledger))
      memory.set(id, { code: code as DoneCommand['code'], until })
  const set = memory.set.bind(memory)
  memory.set = (id, done) => {
    appendFileSync(settings.ledger, `${JSON.stringify({ id, ...done })}\n`)
    return set(id, done)
  }
  const broker = await startReferenceBroker({ log, public_key: settings.public_key, now: Date.now, memory })
  for (const { session, ...credential } of settings.credentials)
    broker.registry.issue(session === undefined ? credential : { ...credential, session }, 0)
  const ended = new Promise<void>((resolve) => process.once('SIGTERM', () => void broker.close().then(resolve)))
  process.stderr.write('{"url":"none"}\n')
  await Promise.race([broker.stopped, ended])
  await log.close()
}

/** The last line may be half written by a process that was killed: then its command was not answered, and has no effect. */
export function linesOf(ledger: string): z.infer<typeof LedgerLine>[] {
  const lines = readFileSync(ledger, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => LedgerLine.parse(JSON.parse(line)))
}

const [, program, path] = process.argv
if (program?.endsWith('chaos-broker.ts') && path !== undefined) await main(path)
