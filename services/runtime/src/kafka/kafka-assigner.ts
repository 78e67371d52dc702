import { strict as assert } from 'node:assert'
import { AssignerProtocol, type Assignment, type PartitionAssigner } from 'kafkajs'

/**
 * Gives partition p of every topic to member p modulo their number. kafkajs's round robin deals topics out one after
 * the other: then the three one-partition topics of `respond` could end up at three instances, of which each would
 * see a third of the order.
 */
export const assignByPartition: PartitionAssigner = ({ cluster }) => {
  const name = 'StraylightByPartition'
  const version = 0
  return {
    name,
    version,
    async assign({ members, topics }) {
      const memberIds = members.map(({ memberId }) => memberId).sort()
      const shares = new Map<string, Assignment>(memberIds.map((memberId) => [memberId, {}]))
      for (const topic of topics) {
        for (const { partitionId } of cluster.findTopicPartitionMetadata(topic)) {
          const share = shares.get(memberIds[partitionId % memberIds.length] ?? '')
          assert(share !== undefined, 'a group that is being shared out has members')
          share[topic] = [...(share[topic] ?? []), partitionId]
        }
      }
      return [...shares].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({ version, assignment, userData: Buffer.alloc(0) }),
      }))
    },
    protocol: ({ topics }) => ({
      name,
      metadata: AssignerProtocol.MemberMetadata.encode({ version, topics, userData: Buffer.alloc(0) }),
    }),
  }
}
