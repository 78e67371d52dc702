import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { topics } from '@straylight/schemas/topics'
import { type Program, startProgram, until } from '../test-support/program.ts'

// Promise 16: whatever fails ends the process with its code, and dead is never ready.

// Whatever fails while it starts or runs ends the process with its exit code, and nobody is informed meanwhile that it is ready.

const hook = ['--import', 'tsx', '--import', './test/test-support/fault-hook.ts']

let folder: string
let input: string
let number = 0
const running = new Set<Program>()
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-dead-'))
  input = join(folder, 'input.ndjson')
  const events = Array.from({ length: 20 }, (_, at) => ({
    ...{ id: `e${at}`, time: new Date(Date.now() - 60_000 + at).toISOString(), agent: `bot-${at}` },
    ...{ system: 'crm', action: 'contacts.read' },
  }))
  await writeFile(input, events.map((event) => JSON.stringify(event)).join('\n'))
})
afterEach(async () => {
  for (const program of running) await program.kill()
  running.clear()
})
after(() => rm(folder, { recursive: true, force: true }))

function start(settings: Record<string, string>, args: string[] = []): Program {
  number += 1
  const own = { STRAYLIGHT_DATA: join(folder, `data-${number}`), STRAYLIGHT_STOP_SECONDS: '5' }
  const program = startProgram(['up', ...args], { ...own, ...settings }, hook)
  running.add(program)
  return program
}

/** The text behind all JSON lines: what a person reads last. */
const lastLine = (program: Program): string => program.said().trimEnd().split('\n').at(-1) ?? ''

/** Whether `/readyz` ever said yes between the fault and the end, asked without a pause. */
async function everReadyAfter(program: Program, isFaulty: () => boolean): Promise<boolean> {
  const url = await program.url.catch(() => undefined)
  if (url === undefined) return false
  let ready = false
  let over = false
  void program.ended.then(() => {
    over = true
  })
  while (!over) {
    const faulty = isFaulty()
    const ok = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
    ready ||= ok && faulty
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return ready
}

/** The program's log takes records of other processes: something for respond to read. */
async function sayVerdict(program: Program): Promise<void> {
  await program.url
  const log = await openEmbeddedLog({ directory: join(folder, `data-${number}`, 'log') })
  await log.append([{ topic: topics.verdicts.name, key: 'alr_1', value: 'no verdict' }])
  await log.close()
}

const openingSteps = [
  ...['read files', 'open data folder', 'open log', 'make topics', 'open store'],
  ...['make ingest', 'make baseline', 'make score', 'make respond', 'open server', 'announce'],
]
for (const step of openingSteps) {
  test(`a start that fails at "${step}" ends with 1 and says why`, async () => {
    const program = start({ FAULT_STEP: step })
    assert.equal(await program.ended, 1, program.said())
    assert.equal(lastLine(program), 'a fault of the test')
  })
}

/** Held back until the fault has happened: the server, so that a stage fails before anybody could ask. */
const calls = ['ingest', 'baseline', 'score', 'respond'].flatMap((stage) => [
  { stage, call: 'assigned', hold: stage === 'score' ? '' : 'open server' },
  { stage, call: 'due', hold: '' },
  { stage, call: 'process', hold: '' },
])
for (const { stage, call, hold } of calls) {
  test(`${stage} fails at ${call} ${hold === '' ? 'while it runs' : 'before the server listens'}: never ready from then on, and ended`, async () => {
    const settings = { FAULT_STEP: `${stage}.${call}`, FAULT_HOLD: hold }
    const program = start(settings, call === 'process' ? ['--input', input] : [])
    const ready = everReadyAfter(program, () => program.said().includes('fault: throw'))
    if (stage === 'respond' && call === 'process') await sayVerdict(program)
    assert.equal(await program.ended, 1, program.said())
    assert.equal(lastLine(program), `It stopped because ${stage} stopped: a fault of the test`)
    assert.equal(await ready, false)
  })
}

test('a rejection that nobody waits for ends the process', async () => {
  const program = start({ FAULT_STEP: 'respond.due', FAULT_KIND: 'reject' })
  assert.equal(await program.ended, 1)
  assert.equal(lastLine(program), 'It stopped because an error that nobody caught: a fault of the test')
})

for (const step of ['open store', 'open server', 'respond.due', 'ingest.close', 'score.assigned']) {
  test(`SIGTERM ends a process that hangs at "${step}" within the bound`, async () => {
    const program = start({ FAULT_STEP: step, FAULT_KIND: 'hang', STRAYLIGHT_STOP_SECONDS: '1' })
    if (step.endsWith('.close')) await program.url
    else await until('it hangs', async () => program.said().includes('fault: hang'))
    const begun = performance.now()
    assert.equal(await program.stop(), 1, program.said())
    assert.ok(performance.now() - begun < 6_000, `${Math.round(performance.now() - begun)} ms`)
    assert.match(lastLine(program), /^It stopped because the stop took too long: .* not closed after 1000 ms/)
  })
}

test('a signal in the middle of a start ends it in order', async () => {
  const program = start({ FAULT_STEP: 'open store', FAULT_KIND: 'block' })
  await until('it is in the middle', async () => program.said().includes('fault: block'))
  assert.equal(await program.stop(), 0, program.said())
})

test('a second signal ends it at once, with a word', async () => {
  const program = start({ FAULT_STEP: 'respond.due', FAULT_KIND: 'hang', STRAYLIGHT_STOP_SECONDS: '300' })
  await until('it hangs', async () => program.said().includes('fault: hang'))
  program.signal('SIGTERM')
  await until('it stops', async () => program.said().includes('"stopping"'))
  program.signal('SIGINT')
  assert.equal(await program.ended, 'SIGKILL', program.said())
  assert.match(lastLine(program), /^Ended at once/)
})

test('connections that stay open and half a request do not hold up the stop', async () => {
  const program = start({})
  const { hostname, port } = new URL(await program.url)
  const open = [0, 1, 2].map(() => connect(Number(port), hostname).on('error', () => undefined))
  for (const socket of open) socket.write('POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf')
  const idle = connect(Number(port), hostname).on('error', () => undefined)
  idle.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n')
  await new Promise((resolve) => idle.once('data', resolve))
  assert.equal(await program.stop(), 0)
})

test('a port that is taken ends it with 1, and with what to do', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => holder.once('listening', resolve))
  const { port } = holder.address() as AddressInfo
  const program = start({ STRAYLIGHT_PORT: String(port) })
  assert.equal(await program.ended, 1)
  assert.match(lastLine(program), /^Cannot listen on 127\.0\.0\.1:\d+: .*Set STRAYLIGHT_PORT/)
  await new Promise((resolve) => holder.close(resolve))
})
