import type { ActionKind, FleetAgent, FleetDestinationKind, RoleKind } from './fleet.ts'

/** A call as an idea, before a seed gives it its name. */
export interface ActionTemplate {
  readonly kind: ActionKind
  readonly verbs: readonly string[]
  readonly nouns: readonly string[]
  readonly arguments: readonly string[]
  readonly destination?: FleetDestinationKind
  /** How often tasks use it; 0: the system offers it and this role leaves it alone. */
  readonly use: number
}

export interface SystemTemplate {
  readonly nouns: readonly string[]
  readonly actions: readonly ActionTemplate[]
}

export interface RoleTemplate {
  readonly kind: RoleKind
  readonly names: readonly string[]
  readonly tiers: readonly FleetAgent['tier'][]
  readonly systems: readonly SystemTemplate[]
  /** Mail goes to these people. */
  readonly writes_to: FleetDestinationKind
  readonly mail_use: number
}

const search = (nouns: readonly string[], use = 3): ActionTemplate => ({
  kind: 'search',
  verbs: ['search', 'find', 'list', 'query'],
  nouns,
  arguments: ['query', 'filter', 'limit', 'page', 'sort'],
  use,
})
const read = (nouns: readonly string[], use = 4): ActionTemplate => ({
  kind: 'read',
  verbs: ['read', 'get', 'show', 'fetch'],
  nouns,
  arguments: ['id', 'fields', 'expand', 'version'],
  use,
})
const update = (nouns: readonly string[], use = 3): ActionTemplate => ({
  kind: 'update',
  verbs: ['update', 'edit', 'annotate', 'set'],
  nouns,
  arguments: ['id', 'status', 'note', 'tags', 'assignee'],
  use,
})
const create = (nouns: readonly string[], use = 2): ActionTemplate => ({
  kind: 'create',
  verbs: ['create', 'add', 'open', 'register'],
  nouns,
  arguments: ['title', 'body', 'category', 'parent', 'due'],
  use,
})
const remove = (nouns: readonly string[]): ActionTemplate => ({
  kind: 'delete',
  verbs: ['delete', 'purge', 'remove', 'erase'],
  nouns,
  arguments: ['id', 'reason', 'recursive'],
  use: 0,
})
const grant = (nouns: readonly string[]): ActionTemplate => ({
  kind: 'grant',
  verbs: ['grant', 'assign', 'elevate', 'permit'],
  nouns,
  arguments: ['subject', 'role', 'scope', 'until'],
  use: 0,
})
const pull = (nouns: readonly string[], use = 1.5): ActionTemplate => ({
  kind: 'export',
  verbs: ['export', 'download', 'extract', 'dump'],
  nouns,
  arguments: ['range', 'format', 'columns', 'filter'],
  use,
})

/** Mail is everybody's: one system for the whole company. */
export const mailTemplate: SystemTemplate = {
  nouns: ['mail', 'post', 'messages'],
  actions: [
    {
      kind: 'send',
      verbs: ['send', 'deliver', 'submit'],
      nouns: ['message', 'mail', 'letter'],
      arguments: ['to', 'subject', 'body', 'attachment', 'cc'],
      use: 1,
    },
  ],
}

const helpdesk: RoleTemplate = {
  kind: 'helpdesk',
  names: ['helpdesk', 'servicedesk', 'support', 'itdesk'],
  tiers: ['low', 'low', 'medium'],
  writes_to: 'colleague',
  mail_use: 3,
  systems: [
    {
      nouns: ['tickets', 'cases', 'requests'],
      actions: [
        search(['tickets', 'queue', 'cases']),
        read(['ticket', 'case', 'thread'], 5),
        update(['ticket', 'case'], 5),
        create(['ticket', 'case'], 1),
        remove(['record', 'ticket', 'history']),
      ],
    },
    {
      nouns: ['directory', 'identity', 'accounts'],
      actions: [
        read(['user', 'account', 'member'], 4),
        {
          kind: 'reset',
          verbs: ['reset', 'renew', 'reissue'],
          nouns: ['password', 'passcode', 'login'],
          arguments: ['user', 'notify', 'reason'],
          use: 1,
        },
        remove(['account', 'member']),
        grant(['role', 'group', 'right']),
      ],
    },
    {
      nouns: ['wiki', 'handbook', 'knowledge'],
      actions: [search(['pages', 'articles'], 2), read(['page', 'article'], 2)],
    },
  ],
}

const sales: RoleTemplate = {
  kind: 'sales',
  names: ['sales', 'crm', 'accounts', 'renewals'],
  tiers: ['low', 'low', 'medium'],
  writes_to: 'customer',
  mail_use: 5,
  systems: [
    {
      nouns: ['crm', 'customers', 'deals'],
      actions: [
        search(['customers', 'leads', 'deals'], 4),
        read(['customer', 'lead', 'deal'], 5),
        update(['customer', 'lead', 'deal'], 4),
        create(['note', 'activity', 'offer'], 2),
        pull(['pipeline', 'segment'], 0.5),
        remove(['customer', 'lead']),
        grant(['owner', 'territory']),
      ],
    },
    {
      nouns: ['calendar', 'meetings', 'agenda'],
      actions: [search(['slots', 'meetings'], 2), create(['meeting', 'slot'], 2)],
    },
  ],
}

const finance: RoleTemplate = {
  kind: 'finance',
  names: ['finance', 'billing', 'ledger', 'payables'],
  tiers: ['high', 'high', 'critical'],
  writes_to: 'colleague',
  mail_use: 2,
  systems: [
    {
      nouns: ['erp', 'books', 'journal'],
      actions: [
        search(['invoices', 'entries', 'orders'], 4),
        read(['invoice', 'entry', 'order'], 5),
        update(['invoice', 'entry'], 3),
        pull(['ledger', 'balances', 'invoices'], 2),
        remove(['invoice', 'entry']),
        grant(['approver', 'signatory']),
      ],
    },
    {
      nouns: ['bank', 'payments', 'treasury'],
      actions: [
        read(['balance', 'statement'], 2),
        {
          kind: 'pay',
          verbs: ['pay', 'transfer', 'settle'],
          nouns: ['invoice', 'amount', 'order'],
          arguments: ['account', 'amount', 'reference', 'currency'],
          destination: 'account',
          use: 2,
        },
      ],
    },
  ],
}

const engineering: RoleTemplate = {
  kind: 'engineering',
  names: ['deploy', 'build', 'release', 'platform'],
  tiers: ['high', 'high', 'medium'],
  writes_to: 'colleague',
  mail_use: 1,
  systems: [
    {
      nouns: ['repository', 'source', 'code'],
      actions: [
        search(['changes', 'branches', 'commits'], 3),
        read(['change', 'file', 'review'], 5),
        update(['review', 'branch'], 3),
        remove(['branch', 'tag']),
        grant(['maintainer', 'committer']),
      ],
    },
    {
      nouns: ['pipeline', 'builds', 'runner'],
      actions: [
        read(['build', 'log', 'job'], 4),
        create(['build', 'job'], 3),
        {
          kind: 'deploy',
          verbs: ['deploy', 'roll', 'ship'],
          nouns: ['service', 'release', 'image'],
          arguments: ['service', 'version', 'host', 'strategy'],
          destination: 'host',
          use: 2,
        },
      ],
    },
    {
      nouns: ['metrics', 'monitor', 'telemetry'],
      actions: [search(['series', 'alarms'], 3), read(['dashboard', 'alarm'], 2)],
    },
  ],
}

const data: RoleTemplate = {
  kind: 'data',
  names: ['analytics', 'insight', 'reporting', 'data'],
  tiers: ['medium', 'low', 'medium'],
  writes_to: 'colleague',
  mail_use: 1.5,
  systems: [
    {
      nouns: ['warehouse', 'lake', 'facts'],
      actions: [
        search(['tables', 'datasets'], 3),
        read(['schema', 'sample'], 3),
        pull(['rows', 'dataset', 'partition'], 5),
        remove(['dataset', 'partition']),
        grant(['reader', 'steward']),
      ],
    },
    {
      nouns: ['reports', 'boards', 'charts'],
      actions: [
        read(['report', 'chart'], 3),
        create(['report', 'chart'], 2),
        {
          kind: 'upload',
          verbs: ['upload', 'publish', 'store'],
          nouns: ['report', 'file', 'extract'],
          arguments: ['path', 'format', 'overwrite', 'title'],
          destination: 'path',
          use: 3,
        },
      ],
    },
  ],
}

/** The five roles, as ideas. */
export const roleTemplates: readonly RoleTemplate[] = [helpdesk, sales, finance, engineering, data]
