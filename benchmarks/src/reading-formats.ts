import { type Benchmark, type Figure, perSecond } from './benchmark.ts'
import { readBesideParse, shareOfBareParse } from './read-beside-parse.ts'

const lineCount = 4_000
/** Spans of a document that holds several, as batches come. */
const batchSpans = 20

export const readingFormats: Benchmark = {
  name: 'reading-formats',
  about:
    'What reading a record costs: checked, parsed, its wrapping taken off, its fields mapped, its agent looked up and its content hashed, without the log; in turns with bare JSON.parse of the same lines. A span has eleven attributes, arguments and a result of 400 characters among them.',
  async run(say) {
    const inputs = { native: nativeLines(), otlp_spans: otlpLines(1), otlp_batches: otlpLines(batchSpans) }
    say(`${lineCount} records a turn`)
    const figures: Figure[] = []
    for (const [name, lines] of Object.entries(inputs)) {
      const taken = await readBesideParse(lines)
      const value = perSecond(lineCount, taken.read)
      figures.push({ name: `${name}_read`, value, unit: 'records/s', better: 'higher' }, shareOfBareParse(name, taken))
    }
    return figures
  },
}

const firstSecond = 1_795_341_600

function nativeLines(): Buffer[] {
  return Array.from({ length: lineCount }, (_, at) => {
    const event = {
      ...{ id: `e${at}`, time: new Date((firstSecond + at) * 1000).toISOString(), agent: 'invoice-bot', system: 'erp' },
      ...{ action: 'invoices.export', session: `run-${at % 40}`, privilege: 'read', tool: 'erp.export' },
      ...{ credential: { id: 'jti:9c1e' }, resource: 'ledger/2026-10', destinations: ['files.acme.example'] },
      ...{ argument_names: ['month', 'format'], bytes_sent: 212, bytes_received: 48_211, outcome: 'success' },
    }
    return Buffer.from(JSON.stringify(event))
  })
}

function otlpLines(spans: number): Buffer[] {
  return Array.from({ length: lineCount / spans }, (_, at) => {
    const resource = {
      attributes: attributes({ 'service.name': 'finance', 'service.version': '2.1', 'host.name': 'r3' }),
    }
    const all = Array.from({ length: spans }, (_one, span) => spanOf(at, span))
    const document = { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'agents' }, spans: all }] }] }
    return Buffer.from(JSON.stringify(document))
  })
}

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0')
const attributes = (given: Readonly<Record<string, string>>) =>
  Object.entries(given).map(([key, stringValue]) => ({ key, value: { stringValue } }))

const spanOf = (trace: number, span: number) => ({
  traceId: hex(trace + 1, 32),
  spanId: hex(span + 1, 16),
  parentSpanId: hex(99, 16),
  name: 'execute_tool search_invoices',
  kind: 1,
  startTimeUnixNano: `${firstSecond + trace}000000000`,
  endTimeUnixNano: `${firstSecond + trace + 1}000000000`,
  attributes: attributes({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'search_invoices',
    'gen_ai.tool.type': 'function',
    'gen_ai.tool.description': 'Searches the invoices of a month by customer',
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.agent.name': 'invoice-bot',
    'gen_ai.conversation.id': `conversation-${trace % 40}`,
    'gen_ai.tool.call.id': `call_${span}`,
    'gen_ai.tool.call.arguments': '{"month":"2026-10","customer":"c-118","limit":50}',
    'gen_ai.tool.call.result': 'x'.repeat(400),
    'server.address': 'erp.acme.example',
  }),
  status: { code: 1 },
})
