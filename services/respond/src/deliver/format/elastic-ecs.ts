import type { Alert } from '@straylight/schemas/alert'
import type { Severity } from '@straylight/schemas/finding'
import { shortened } from '../../alert/shortened.ts'
import { alertData } from '../alert-data.ts'
import { isFields, jsonFieldsOf } from './json-fields-of.ts'
import { techniquesByList } from './techniques-by-list.ts'
import type { AnswerMeaning, WebhookAnswer, WebhookRenderer } from './webhook-renderer.ts'

/** The numbers that Elastic's own rules give their severities. */
const severities: Record<Severity, number> = { low: 21, medium: 47, high: 73, critical: 99 }

/** Elasticsearch leaves longer keywords out of its index. */
const keywordMax = 1_024

/**
 * A document of the Elastic Common Schema 9.4, for `_bulk`, `_doc` or `_create` of an index or data stream, or for anything that takes one
 * document a request. What ECS has no field for stands under `straylight`.
 */
export const elasticEcs: WebhookRenderer = {
  bodyOf: ({ alert, event, at, answers }, detail) => {
    const system = alert.findings[0]?.system
    return {
      '@timestamp': new Date(at).toISOString(),
      message: alert.summary,
      ecs: { version: '9.4.0' },
      event: {
        ...{ kind: 'alert', category: ['intrusion_detection'], type: ['info'], action: event },
        ...{ module: 'straylight', dataset: 'straylight.alert', provider: 'straylight' },
        ...{ severity: severities[alert.severity], reason: alert.summary },
        created: new Date(alert.opened_at).toISOString(),
        start: new Date(alert.first_seen).toISOString(),
        end: new Date(alert.last_seen).toISOString(),
      },
      rule: { id: alert.cause, name: alert.cause.replaceAll('_', ' '), category: 'behaviour', ruleset: 'straylight' },
      user: { name: keyword(alert.agent) },
      ...(system === undefined ? {} : { service: { name: keyword(system) } }),
      organization: { id: keyword(alert.tenant) },
      related: { user: [...new Set([alert.agent, ...(alert.owner === undefined ? [] : [alert.owner])].map(keyword))] },
      ...threatOf(alert),
      tags: ['straylight', ...techniquesByList(alert).others],
      straylight: { ...alertData(alert, detail), answer_with: answers },
    }
  },
  requestOf: ({ body, messageId, url, token }) => {
    const bulk = url.pathname.endsWith('/_bulk')
    // With the id of the message a second attempt makes no second document.
    const action = JSON.stringify({ create: { _id: messageId } })
    return {
      body: bulk ? `${action}\n${body}\n` : body,
      headers: {
        'content-type': bulk ? 'application/x-ndjson' : 'application/json',
        ...(token === undefined ? {} : { authorization: `ApiKey ${token}` }),
      },
    }
  },
  meaningOf,
}

/** `_bulk` answers 200 also where it refused the document; 409 says that an earlier attempt came through. */
function meaningOf({ status, text }: WebhookAnswer): AnswerMeaning {
  const { errors, error } = jsonFieldsOf(text)
  const reason = isFields(error) ? `${error.type}: ${error.reason}` : (/"reason":"([^"]+)/.exec(text)?.[1] ?? '')
  if (errors === true || /^\s*\{[^[]*"errors":true/.test(text)) {
    const item = Number(/"status":(\d{3})/.exec(text)?.[1])
    return { taken: item === 409, said: `the document was refused: ${reason}`, throttled: item === 429 }
  }
  if (status === 409) return { taken: true }
  return { taken: status >= 200 && status < 300, said: reason === '' ? text : reason }
}

function threatOf(alert: Alert) {
  const { atlas } = techniquesByList(alert)
  return atlas.length === 0 ? {} : { threat: { framework: 'MITRE ATLAS', technique: { id: atlas } } }
}

const keyword = (text: string): string => shortened(text, keywordMax)
