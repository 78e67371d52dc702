import kafkajs, { type AclEntry } from 'kafkajs'
import type { KafkaSettings } from './kafka-client.ts'
import { withTopicAdmin } from './kafka-topics.ts'

/** One thing that a principal, such as `User:score`, is allowed to do. */
export interface PrincipalRight {
  readonly principal: string
  readonly resource: 'topic' | 'group'
  readonly name: string
  readonly operation: 'read' | 'write' | 'describe'
}

/** Gives these rights at the brokers, in one request; what is there already stays. Whoever asks must be allowed to. */
export async function grantRights(kafka: KafkaSettings, rights: readonly PrincipalRight[]): Promise<void> {
  await withTopicAdmin(kafka, (admin) => admin.createAcls({ acl: rights.map(aclOf) }))
}

/** A right as Kafka's ACLs say it: allowed, from everywhere, for one name. */
export function aclOf({ principal, resource, name, operation }: PrincipalRight): AclEntry {
  const { AclResourceTypes, AclOperationTypes, AclPermissionTypes, ResourcePatternTypes } = kafkajs
  const operations = {
    read: AclOperationTypes.READ,
    write: AclOperationTypes.WRITE,
    describe: AclOperationTypes.DESCRIBE,
  }
  return {
    principal,
    host: '*',
    resourceType: resource === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
    resourceName: name,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    operation: operations[operation],
    permissionType: AclPermissionTypes.ALLOW,
  }
}
