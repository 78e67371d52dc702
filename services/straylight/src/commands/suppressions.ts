import { latestKnowledge } from '@straylight/events/knowledge-log'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import type { Command } from 'commander'
import { withLog } from '../deployment/open-deployment.ts'
import { silenceSentence } from '../explain/silence-sentence.ts'
import { addCommand } from './command.ts'

/** `straylight suppressions`: what false verdicts keep quiet, by whom, why and until when. */
export function addSuppressions(program: Command): void {
  addCommand<{ tenant?: string }>(program, {
    usage: 'suppressions',
    summary: 'list what false verdicts keep quiet, by whom, why and until when; a true verdict on the same lifts one',
    configure: (command) => command.option('--tenant <name>', 'of this tenant alone'),
    run: async (output, options) => {
      const logged = await withLog(readSettings(AllSettings), latestKnowledge)
      const now = Date.now()
      const suppressions = (logged?.knowledge.suppressions ?? []).filter(
        ({ tenant, until }) => until > now && (options.tenant === undefined || options.tenant === tenant),
      )
      for (const suppression of suppressions) {
        const { tenant, agent, cause, target, score_max, alert_id } = suppression
        output.say(`${tenant} ${agent}: ${cause} ${target}, up to a score of ${score_max.toFixed(1)} (${alert_id})`)
        output.say(`  ${silenceSentence(suppression)}`)
      }
      const version = logged?.knowledge.version ?? 0
      output.say(
        suppressions.length === 0
          ? `Nothing is suppressed (knowledge version ${version}).`
          : `${suppressions.length} in force since knowledge version ${version} or before.`,
      )
      output.result({ knowledge_version: version, suppressions })
      return 0
    },
  })
}
