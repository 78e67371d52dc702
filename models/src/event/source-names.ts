import type { AgentEvent } from '@straylight/schemas/agent-event'

const ipv4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.\d{1,3}$/

/** The network of an address: /24, for IPv6 /64. Machines of one place come and go within it. */
function networkOf(ip: string): string {
  const parts = ipv4.exec(ip)
  if (parts) return `${parts[1]}.${parts[2]}.${parts[3]}.0/24`
  if (!ip.includes(':')) return ip
  const [head = '', tail] = ip.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups =
    tail === undefined ? left : [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** The numbered part of a host's name says which of many it is: `agents-3` and `agents-17` are one place. */
const hostShape = (host: string): string => host.toLowerCase().replace(/[0-9]+/g, '#')

const none: readonly string[] = []

/** Where an event came from: its network and its kind of host. */
export function sourceNames(source: AgentEvent['source']): readonly string[] {
  if (source === undefined) return none
  const names: string[] = []
  if (source.ip !== undefined) names.push(`ip:${networkOf(source.ip)}`)
  if (source.host !== undefined) names.push(`host:${hostShape(source.host)}`)
  return names
}
