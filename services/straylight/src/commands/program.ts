import { Command } from 'commander'
import { programVersion } from '../program-version.ts'
import { addIssuer } from '../verdict/issuer.ts'
import { addCommands } from './commands.ts'
import { addDoctor } from './doctor.ts'
import { addExplain } from './explain.ts'
import { addPolicy } from './policy.ts'
import { addReplay } from './replay.ts'
import { addReset } from './reset.ts'
import { addRestore } from './restore.ts'
import { addSimulate } from './simulate.ts'
import { addSuppressions } from './suppressions.ts'
import { addTopics } from './topics.ts'
import { addTrain } from './train.ts'
import { addUp } from './up.ts'
import { addVerdict } from './verdict.ts'

/** The command line: one file a command. Unknown commands and options say what was expected. */
export function createProgram(): Command {
  const program = new Command('straylight')
    .description('Watches what AI agents do and says when one strays from its own behaviour.')
    .version(programVersion)
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(straylight --help lists the commands, straylight COMMAND --help its options)')
    .allowExcessArguments(false)
  addUp(program)
  addCommands(program)
  addDoctor(program)
  addExplain(program)
  addIssuer(program)
  addPolicy(program)
  addReplay(program)
  addReset(program)
  addRestore(program)
  addSimulate(program)
  addTopics(program)
  addSuppressions(program)
  addTrain(program)
  addVerdict(program)
  return program
}
