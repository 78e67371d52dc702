import { counted } from '@straylight/schemas/counted'
import { checks } from '../doctor/doctor-checks.ts'
import { sendTest } from '../doctor/send-test.ts'
import type { Check } from './check.ts'
import type { CommandOutput } from './command.ts'

/** `straylight doctor`: looks at everything a start needs, says what stands and what to mend. Changes nothing. */
export async function doctor(output: CommandOutput, { sendTest: webhook }: { sendTest?: string }): Promise<number> {
  if (webhook !== undefined) return sendTest(output, webhook)
  const found: Check[] = []
  for await (const check of checks()) {
    found.push(check)
    say(output, check)
  }
  const bad = found.filter((check) => check.state === 'bad').length
  const notes = found.filter((check) => check.state === 'note').length
  output.say(
    `${bad === 0 ? 'Nothing is broken' : `${counted(bad, 'thing')} to mend`}${notes === 0 ? '.' : `, ${counted(notes, 'note')} to look at.`}`,
  )
  output.result({ healthy: bad === 0, checks: found })
  return bad === 0 ? 0 : 1
}

function say(output: CommandOutput, check: Check): void {
  const mark = { good: 'good', note: 'note', bad: 'BAD ' }[check.state]
  output.say(`${mark}  ${check.name}: ${check.found}`)
  if (check.mend !== undefined) output.say(`      mend: ${check.mend}`)
}
