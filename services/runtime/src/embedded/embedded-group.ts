import { strict as assert } from 'node:assert'
import type { TopicPartition } from '../log/log.ts'
import { nameOf, partitionNamed } from '../log/topic-partition.ts'

/** A member of a consumer group inside this process. */
export interface GroupMember {
  readonly topics: readonly string[]
  /** Tells a waiting poll to look again. */
  wake(): void
}

/** What changed hands since the member asked last. */
export interface HandOver {
  readonly taken: readonly TopicPartition[]
  readonly released: readonly TopicPartition[]
}

/**
 * Shares partitions among the members of one group in one process. Partition p of every topic goes to member p modulo
 * their number, in order of joining, so one member has the same partition of all its topics (and all one-partition
 * topics, which is what keeps one `respond` active). A partition moves only when its holder comes to ask, that is
 * between two batches: nobody works on what another still holds.
 */
export interface Group {
  join(member: GroupMember): void
  leave(member: GroupMember): void
  handOver(member: GroupMember): HandOver
  holds(member: GroupMember, partition: TopicPartition): boolean
}

const nothing: HandOver = { taken: [], released: [] }

export function openGroup(partitionCount: (topic: string) => number): Group {
  const members: GroupMember[] = []
  const holders = new Map<string, GroupMember>()
  /** Those for whom something may have changed; all others are answered without looking. */
  const unsettled = new Set<GroupMember>()

  function wanted(member: GroupMember): Map<string, TopicPartition> {
    const found = new Map<string, TopicPartition>()
    for (const topic of member.topics) {
      const sharers = members.filter((other) => other.topics.includes(topic))
      for (let partition = 0; partition < partitionCount(topic); partition += 1) {
        if (sharers[partition % sharers.length] === member)
          found.set(nameOf({ topic, partition }), { topic, partition })
      }
    }
    return found
  }

  const unsettleOthers = (member: GroupMember) => {
    for (const other of members) {
      if (other === member) continue
      unsettled.add(other)
      other.wake()
    }
  }

  return {
    join: (member) => {
      assert(!members.includes(member), 'a member joins its group once')
      members.push(member)
      unsettled.add(member)
      unsettleOthers(member)
    },
    leave: (member) => {
      members.splice(members.indexOf(member), 1)
      unsettled.delete(member)
      for (const [name, holder] of holders) if (holder === member) holders.delete(name)
      unsettleOthers(member)
    },
    handOver: (member) => {
      if (!unsettled.delete(member)) return nothing
      const target = wanted(member)
      const released = [...holders].filter(([name, holder]) => holder === member && !target.has(name))
      for (const [name] of released) holders.delete(name)
      if (released.length > 0) unsettleOthers(member)
      const taken = [...target].filter(([name]) => !holders.has(name))
      for (const [name] of taken) holders.set(name, member)
      return {
        taken: taken.map(([, partition]) => partition),
        released: released.map(([name]) => partitionNamed(name)),
      }
    },
    holds: (member, partition) => holders.get(nameOf(partition)) === member,
  }
}
