import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '@straylight/schemas/duration'
import { leastPrivilege, withinBoundary } from './least-privilege.ts'

const used = (system: string, action: string, days = 30) => ({
  ...{ system, step: `${system}/${action}`, first_time: 0, last_time: days * dayMs },
})

test('what is granted and not used is named, and what is used outside of it', () => {
  const boundary = { systems: ['crm', 'mail', 'hr/files'], actions: ['send', 'read'] }
  const report = leastPrivilege({ boundary }, [used('crm', 'read'), used('hr/files', 'read'), used('vault', 'read')], {
    scopes: ['mail.read'],
  })
  assert.deepEqual([report.unused_systems, report.unused_actions], [['mail'], ['send']])
  assert.deepEqual([report.used_outside, report.days, report.scopes], [['vault/read'], 30, ['mail.read']])
  assert.deepEqual(report.sentences, [
    '2 grants were not used within 30 days of events: taking them away would change nothing seen so far.',
    '1 step lies outside of the boundary.',
  ])
})

test('without a boundary everything is granted, and nothing can be said to be unused', () => {
  const report = leastPrivilege(undefined, [used('crm', 'read')], { scopes: [] })
  assert.deepEqual([report.bounded, report.unused_systems], [false, []])
  assert.match(report.sentences[0] ?? '', /sets no boundary/)
  assert.equal(leastPrivilege({ boundary: { systems: ['crm'] } }, [], { scopes: [] }).days, 0)
})

test('a boundary of systems alone allows any action in them', () => {
  assert.equal(withinBoundary({ systems: ['crm'] }, used('crm', 'delete')), true)
  assert.equal(withinBoundary({ actions: ['read'] }, used('crm', 'delete')), false)
  assert.equal(withinBoundary({ actions: ['crm/delete'] }, used('crm', 'delete')), true)
  assert.equal(withinBoundary({ actions: ['crm/delete'] }, used('erp', 'delete')), false)
  const { unused_actions } = leastPrivilege({ boundary: { actions: ['crm/delete'] } }, [used('crm', 'delete')], {
    scopes: [],
  })
  assert.deepEqual(unused_actions, [])
  assert.equal(withinBoundary(undefined, used('crm', 'delete')), null)
})
