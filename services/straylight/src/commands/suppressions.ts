import { silenceSentence } from '@straylight/console/words/silence-sentence'
import { latestKnowledge } from '@straylight/events/knowledge-log'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { withLog } from '../deployment/open-deployment.ts'
import type { CommandOutput } from './command.ts'

/** `straylight suppressions`: what false verdicts keep quiet, by whom, why and until when. */
export async function suppressions(output: CommandOutput, options: { tenant?: string }): Promise<number> {
  const logged = await withLog(readSettings(AllSettings), latestKnowledge)
  const now = Date.now()
  const inForce = (logged?.knowledge.suppressions ?? []).filter(
    ({ tenant, until }) => until > now && (options.tenant === undefined || options.tenant === tenant),
  )
  for (const suppression of inForce) {
    const { tenant, agent, cause, target, score_max, alert_id } = suppression
    output.say(`${tenant} ${agent}: ${cause} ${target}, up to a score of ${score_max.toFixed(1)} (${alert_id})`)
    output.say(`  ${silenceSentence(suppression)}`)
  }
  const version = logged?.knowledge.version ?? 0
  output.say(
    inForce.length === 0
      ? `Nothing is suppressed (knowledge version ${version}).`
      : `${inForce.length} in force since knowledge version ${version} or before.`,
  )
  output.result({ knowledge_version: version, suppressions: inForce })
  return 0
}
