/** Every page of the console with an address of the fixture and the heading that says it is there. */
export const consolePages: readonly {
  readonly name: string
  readonly address: string
  readonly heading: string | RegExp
}[] = [
  { name: 'overview', address: '/', heading: 'Overview' },
  { name: 'alerts', address: '/alerts', heading: 'Alerts' },
  { name: 'alerts-by-agent', address: '/alerts?by=agent', heading: 'Alerts' },
  { name: 'alert', address: '/alerts/alr_fixture0001', heading: /billing-bot-03 sent/ },
  { name: 'alert-applied', address: '/alerts/alr_fixture0003', heading: /helpdesk-agent-11 reset/ },
  { name: 'agents', address: '/agents', heading: 'Agents' },
  { name: 'agent', address: '/agents/view?tenant=acme&agent=billing-bot-03', heading: 'billing-bot-03' },
  {
    name: 'session',
    address: '/sessions/view?tenant=acme&agent=billing-bot-03&session=ses-2210',
    heading: 'Session ses-2210',
  },
  { name: 'event', address: '/events/view?event=evt-7738', heading: /Why did an event/ },
  { name: 'approvals', address: '/approvals', heading: 'Approvals' },
  { name: 'suppressions', address: '/suppressions', heading: 'Suppressions' },
  { name: 'rejections', address: '/rejections', heading: 'Rejections' },
  { name: 'registry-gaps', address: '/registry-gaps', heading: 'Registry gaps' },
  { name: 'policy', address: '/policy', heading: 'Policy' },
  { name: 'health', address: '/health', heading: 'Health' },
]
