import { startClickhouseFront } from './clickhouse-front.ts'

/**
 * The front in a process of its own, since chDB opens one folder a process: `node clickhouse-front-process.ts FOLDER`,
 * forked. Tells its address, and ends with the process that started it.
 */
const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: clickhouse-front-process.ts FOLDER')
const front = await startClickhouseFront({ directory: folder })
process.send?.({ url: front.url })
process.on('disconnect', () => process.exit(0))
