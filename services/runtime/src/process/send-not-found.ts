import { cutText } from '@straylight/schemas/cut-text'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Answers a path or method that is not there, in the form of all other refusals. */
export const sendNotFound = ({ method, url }: FastifyRequest, reply: FastifyReply): FastifyReply =>
  reply.code(404).send({
    error: 'not_found',
    reason: `there is no ${method} ${cutText(url, 200)}: POST /v1/events takes events, POST /v1/traces and /v1/logs take OTLP, GET /healthz, /readyz and /metrics tell how it is`,
  })
