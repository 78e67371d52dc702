import { appendFileSync } from 'node:fs'
import { type ReceiverMode, startWebhookReceiver } from '@straylight/demo/broker/webhook-receiver'

/** The webhook receiver of the chaos run: `chaos-receiver.ts SECRET FILE` writes the id of each message into the file; its parent says how it behaves. */
const [secret, file] = process.argv.slice(2)
if (secret === undefined || file === undefined) throw new Error('usage: chaos-receiver.ts SECRET FILE')
const receiver = await startWebhookReceiver({ secret })
receiver.onReceived(({ id }) => appendFileSync(file, `${id}\n`))
process.on('message', (mode: ReceiverMode) => receiver.setMode(mode))
process.once('disconnect', () => process.exit(0))
process.send?.(receiver.url)
