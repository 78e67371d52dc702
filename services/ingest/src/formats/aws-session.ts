/** A session of a role, as AWS names it wherever it stands. */
export interface AwsSession {
  readonly account: string
  readonly role: string
  readonly session: string
}

const sessionArn = /^arn:[\w-]+:sts::(\d+):assumed-role\/([^/]+)\/(.+)$/

/** The role of a session, and the session's name: each run has a session of its own, and is the same agent. `null`: no session's ARN. */
export function awsSessionOf(arn: unknown): AwsSession | null {
  const parts = typeof arn === 'string' ? sessionArn.exec(arn) : null
  return parts === null ? null : { account: parts[1] ?? '', role: parts[2] ?? '', session: parts[3] ?? '' }
}
