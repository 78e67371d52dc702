import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'

/** Appends COUNT records, one at a time, to the topic `numbers` of a log folder: `append-numbers.ts FOLDER COUNT NAME`. */
const [directory, count, name] = process.argv.slice(2)
if (directory === undefined || name === undefined) throw new Error('usage: append-numbers.ts FOLDER COUNT NAME')
const log = await openEmbeddedLog({ directory })
for (let at = 0; at < Number(count); at += 1) {
  await log.append([{ topic: 'numbers', key: name, value: String(at), partition: 0 }])
}
await log.close()
