import { getPriority, setPriority } from 'node:os'
import { startClickhouseFront } from './clickhouse-front.ts'

/**
 * The front in a process of its own, since chDB opens one folder a process: `node clickhouse-front-process.ts FOLDER [NICE]`,
 * forked. Tells its address, and ends with the process that started it. NICE: how far it gives way to others.
 */
const [folder, nice = '0'] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: clickhouse-front-process.ts FOLDER')
// Before the engine starts threads of its own, which take it over.
if (getPriority() < Number(nice)) setPriority(Number(nice))
const front = await startClickhouseFront({ directory: folder })
process.send?.({ url: front.url })
process.on('disconnect', () => process.exit(0))
