import type { AgentRow } from '@straylight/console/contract/agent-row'
import type { AlertRow } from '@straylight/console/contract/alert-row'
import type { ReactNode } from 'react'
import { Badge, type Tone } from './badge.tsx'

type AgentState = AgentRow['state']

const agentStates: Readonly<Record<AgentState, readonly [Tone, string]>> = {
  learning: ['low', 'learning'],
  watched: ['good', 'watched'],
  held: ['critical', 'held'],
  silent: ['medium', 'silent'],
  never_seen: ['quiet', 'never seen'],
}

export function AgentStateBadge({ state }: { state: AgentState }): ReactNode {
  const [tone, words] = agentStates[state]
  return <Badge tone={tone}>{words}</Badge>
}

const alertStates: Readonly<Record<AlertRow['state'], readonly [Tone, string]>> = {
  open: ['medium', 'open'],
  awaiting_approval: ['high', 'waits for approval'],
  closed: ['quiet', 'closed'],
}

export function AlertStateBadge({ state }: { state: AlertRow['state'] }): ReactNode {
  const [tone, words] = alertStates[state]
  return <Badge tone={tone}>{words}</Badge>
}

const commandStates: Readonly<Record<AlertRow['command_state'], readonly [Tone, string]>> = {
  none: ['quiet', 'no command'],
  shadow: ['quiet', 'recorded, not sent'],
  held: ['high', 'waits for approval'],
  approved: ['medium', 'approved, waits to be sent'],
  sent: ['medium', 'sent, no answer yet'],
  applied: ['good', 'revoked by the broker'],
  refused: ['critical', 'refused by the broker'],
  expired: ['quiet', 'expired'],
  unanswered: ['critical', 'the broker did not answer'],
  restored: ['quiet', 'restored'],
}

export function CommandStateBadge({ state }: { state: AlertRow['command_state'] }): ReactNode {
  const [tone, words] = commandStates[state]
  return <Badge tone={tone}>{words}</Badge>
}

const closeReasons: Readonly<Record<NonNullable<AlertRow['close_reason']>, string>> = {
  verdict_true: 'called true',
  verdict_false: 'called false',
  rejected: 'its command was rejected',
  quiet: 'nothing more came',
  made_room: 'it made room for graver ones',
  withdrawn: 'its events came late',
  renamed: 'it goes on under a new name, as it seems',
}

export const closeReasonText = (reason: NonNullable<AlertRow['close_reason']>): string => closeReasons[reason]

const verdictAnswers: Readonly<Record<string, string>> = {
  approve: 'approved',
  reject: 'rejected',
  true: 'called true',
  false: 'called false',
  restore: 'asked to restore',
  ask: 'asked for the command again',
}

export const verdictText = (answer: string): string => verdictAnswers[answer] ?? answer
