import { codeText } from './table/source.ts'
/** Classes of OCSF whose events tell what somebody did with an identity. */
export const readClasses: ReadonlySet<unknown> = new Set([
  3001, 3002, 3003, 3004, 3005, 3006, 3007, 3008, 6001, 6003, 6005, 6006,
])

/** Classes that mostly tell of machines and networks: they are read where the event says which program it was. */
export const programClasses: ReadonlySet<unknown> = new Set([
  ...[1001, 1006, 1007, 1009, 4001, 4002, 4003, 4006, 4007, 4008, 4009, 4010, 6002],
])

/** Authentication and authorisation: the one who signs in is `user`, and `actor` may be the system that let them in. */
export const signInClasses: ReadonlySet<unknown> = new Set([3002, 3003])

/** Other classes by their names, for what is passed over: findings, inventories, traffic. */
const otherClasses: Readonly<Record<string, string>> = {
  1001: 'file system activity',
  1002: 'kernel extension activity',
  1003: 'kernel activity',
  1004: 'memory activity',
  1005: 'module activity',
  1006: 'scheduled job activity',
  1007: 'process activity',
  1008: 'event log activity',
  1009: 'script activity',
  2001: 'security finding',
  2002: 'vulnerability finding',
  2003: 'compliance finding',
  2004: 'detection finding',
  2005: 'incident finding',
  2006: 'data security finding',
  2007: 'application security posture finding',
  4001: 'network activity',
  4002: 'http activity',
  4003: 'dns activity',
  4004: 'dhcp activity',
  4005: 'rdp activity',
  4006: 'smb activity',
  4007: 'ssh activity',
  4008: 'ftp activity',
  4009: 'email activity',
  4010: 'network file activity',
  4011: 'email file activity',
  4012: 'email url activity',
  4013: 'ntp activity',
  4014: 'tunnel activity',
  5001: 'device inventory',
  5002: 'device configuration',
  5003: 'user inventory',
  5019: 'device configuration change',
  6002: 'application lifecycle',
  6004: 'web resource access',
  6007: 'scan activity',
  6008: 'application error',
  7001: 'remediation activity',
}

export const passedClass = (classUid: unknown): string => `ocsf ${otherClasses[codeText(classUid)] ?? 'other class'}`

/** Activities by class and number, where an event names no operation. */
const activities: Readonly<Record<string, readonly string[]>> = {
  1001: [
    ...['unknown', 'create', 'read', 'update', 'delete', 'rename', 'set_attributes', 'set_security', 'get_attributes'],
    ...['get_security', 'encrypt', 'decrypt', 'mount', 'unmount', 'open'],
  ],
  1006: ['unknown', 'create', 'update', 'delete', 'enable', 'disable', 'start'],
  1007: ['unknown', 'launch', 'terminate', 'open', 'inject', 'set_user_id'],
  1009: ['unknown', 'execute'],
  3001: [
    'unknown',
    'create',
    'enable',
    'password_change',
    'password_reset',
    'disable',
    'delete',
    'attach_policy',
    'detach_policy',
    'lock',
    'mfa_enable',
    'mfa_disable',
    'unlock',
  ],
  3002: [
    'unknown',
    'logon',
    'logoff',
    'authentication_ticket',
    'service_ticket_request',
    'service_ticket_renew',
    'preauth',
    'account_switch',
  ],
  3003: ['unknown', 'assign_privileges', 'assign_groups'],
  3004: [
    'unknown',
    'create',
    'read',
    'update',
    'delete',
    'move',
    'enroll',
    'unenroll',
    'enable',
    'disable',
    'activate',
    'deactivate',
    'suspend',
    'resume',
  ],
  3005: ['unknown', 'assign_privileges', 'revoke_privileges', 'assign_role', 'remove_role'],
  3006: [
    'unknown',
    'assign_privileges',
    'revoke_privileges',
    'add_user',
    'remove_user',
    'delete',
    'create',
    'add_subgroup',
    'remove_subgroup',
  ],
  3008: ['unknown', 'create', 'update', 'delete'],
  4001: ['unknown', 'open', 'close', 'reset', 'fail', 'refuse', 'traffic', 'listen'],
  4002: ['unknown', 'connect', 'delete', 'get', 'head', 'options', 'post', 'put', 'trace', 'patch'],
  4003: ['unknown', 'query', 'response', '', '', '', 'traffic'],
  4006: [
    'unknown',
    'file_supersede',
    'file_open',
    'file_create',
    'file_open_if',
    'file_overwrite',
    'file_overwrite_if',
  ],
  4007: ['unknown', 'open', 'close', 'reset', 'fail', 'refuse', 'traffic', 'listen'],
  4008: ['unknown', 'put', 'get', 'poll', 'delete', 'rename', 'list'],
  4009: ['unknown', 'send', 'receive', 'scan', 'trace'],
  4010: [
    ...['unknown', 'upload', 'download', 'update', 'delete', 'rename', 'copy', 'move', 'restore', 'preview', 'lock'],
    ...['unlock', 'share', 'unshare', 'open', 'sync', 'unsync'],
  ],
  6001: ['unknown', 'create', 'read', 'update', 'delete', 'search', 'import', 'export', 'share'],
  6003: ['unknown', 'create', 'read', 'update', 'delete'],
  6005: ['unknown', 'read', 'update', 'connect', 'query', 'write', 'create', 'delete', 'list', 'encrypt', 'decrypt'],
  6006: [
    'unknown',
    'upload',
    'download',
    'update',
    'delete',
    'rename',
    'copy',
    'move',
    'restore',
    'preview',
    'lock',
    'unlock',
    'share',
    'unshare',
    'open',
    'sync',
    'unsync',
    'access_check',
  ],
}

/** What was done, by the class and activity alone. */
export function activityOf(classUid: unknown, activityId: unknown): string | undefined {
  if (typeof activityId !== 'number') return undefined
  const name = activities[codeText(classUid)]?.[activityId] ?? userManagement(classUid, activityId)
  return name === 'unknown' || name === '' ? undefined : name
}

/** Of the newest class only those numbers that say what was given or taken. */
function userManagement(classUid: unknown, activityId: number): string | undefined {
  if (classUid !== 3007) return undefined
  if (activityId === 14) return 'assign_privileges'
  return activityId === 18
    ? 'add_programmatic_credentials'
    : activityId === 19
      ? 'remove_programmatic_credentials'
      : undefined
}

/** What to call an activity that has neither name nor entry here. */
export const numberedActivity = (classUid: unknown, activityId: unknown): string | undefined =>
  typeof activityId === 'number' && activityId !== 0 ? `${codeText(classUid)} activity ${activityId}` : undefined
