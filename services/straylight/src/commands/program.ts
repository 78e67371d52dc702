import { Command } from 'commander'
import { stageNames } from '../deployment/stage-names.ts'
import type { ExplainOptions } from '../explain/query-lines.ts'
import { programVersion } from '../program-version.ts'
import type { GiverOptions } from '../verdict/give-verdict.ts'
import { wholeNumber } from '../whole-number.ts'
import type { AlertsOptions } from './alerts.ts'
import type { CheckMappingsOptions } from './check-mappings.ts'
import { addCommand } from './command.ts'
import { addConsoleCommands } from './console-commands.ts'
import type { ExplainInputsOptions } from './explain-inputs.ts'
import type { ImportCommandOptions } from './import.ts'
import type { PolicyTryOptions } from './policy-try.ts'
import type { RejectionsOptions } from './rejections.ts'
import type { ReplayOptions } from './replay.ts'
import type { ResetOptions } from './reset.ts'
import type { AclOptions } from './topics.ts'
import type { TrainCommandOptions } from './train.ts'
import type { UpOptions } from './up.ts'
import type { VerdictOptions } from './verdict.ts'

/**
 * The command line on one page. What a command does is loaded when it runs: help and wrong usage need none of it, and
 * start in a tenth of the time. Unknown commands and options say what was expected.
 */
export function createProgram(): Command {
  const program = new Command('straylight')
    .description('Watches what AI agents do and says when one strays from its own behaviour.')
    .version(programVersion)
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(straylight --help lists the commands, straylight COMMAND --help its options)')
    .allowExcessArguments(false)
  addUp(program)
  addAlerts(program)
  addCommands(program)
  addConsoleCommands(program)
  addDoctor(program)
  addExplain(program)
  addImport(program)
  addIssuer(program)
  addPolicy(program)
  addInputs(program)
  addRebuild(program)
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

function addUp(program: Command): void {
  addCommand<UpOptions>(program, {
    usage: 'up [stages...]',
    works: true,
    summary: `run; all stages (${stageNames.join(', ')}), or those you name`,
    configure: (command) =>
      command
        .option('--history <files...>', 'old logs that you vouch for, learnt before anything else and not judged')
        .option(
          '--input <files...>',
          'read these files first (.gz too; - reads standard input), judged as if they came now, then go on',
        )
        .option('--format <name>', 'format of the files, where it must not be recognised by its content'),
    run: async (...given) => (await import('./up.ts')).up(...given),
  })
}

function addAlerts(program: Command): void {
  addCommand<AlertsOptions>(program, {
    usage: 'alerts',
    summary: 'list alerts, the gravest first: who, what, how it stands, by when an answer is needed, and how to answer',
    configure: (command) =>
      command
        .option('--tenant <name>', 'of this tenant alone')
        .option('--state <state>', 'open (not closed), awaiting_approval, closed or all', 'open')
        .option('--limit <number>', 'alerts to list at most', wholeNumber, 50),
    run: async (output, options) => (await import('./alerts.ts')).alerts(output, options),
  })
}

function addCommands(program: Command): void {
  const commands = program.command('commands').description('look into revocation commands')
  addCommand<{ key?: string }>(commands, {
    usage: 'verify <file>',
    summary: 'check signature, form and expiry of commands, one compact JWS a line; - reads standard input',
    configure: (command) =>
      command.option('--key <jwk>', "public key as JWK, or a file with it; without it, this deployment's own"),
    run: async (...given) => (await import('./commands.ts')).verifyCommands(...given),
  })
}

function addDoctor(program: Command): void {
  addCommand<{ sendTest?: string }>(program, {
    usage: 'doctor',
    summary:
      'check settings, data folder, keys, policy, registry, model, log and store; print the public key for brokers',
    configure: (command) =>
      command.option(
        '--send-test <webhook>',
        'send one test alert to this webhook of the policy, and say what it answers',
      ),
    run: async (output, options) => (await import('./doctor.ts')).doctor(output, options),
  })
}

function addExplain(program: Command): void {
  addCommand<ExplainOptions>(program, {
    usage: 'explain <id>',
    summary: 'tell why an event or an alert alerted, or why an event did not',
    configure: (command) => command.option('--sql', 'print the counts behind it as a query of the store'),
    run: async (output, options, id = '') => (await import('./explain.ts')).explain(output, options, id),
  })
}

function addImport(program: Command): void {
  addCommand<ImportCommandOptions>(program, {
    usage: 'import <files...>',
    works: true,
    summary: 'learn old logs as history of a deployment, running or not; they are not judged',
    configure: (command) =>
      command
        .option('--vetted', 'you vouch that nothing in them was an attack; without it, only look at what they hold')
        .option('--format <name>', 'format of the files, where it must not be recognised by its content'),
    run: async (output, options, ...operands) =>
      (await import('./import.ts')).importFiles(output, options, operands.flat()),
  })
}

function addIssuer(program: Command): void {
  addCommand(program, {
    usage: 'issuer <name>',
    summary:
      'make the key with which somebody signs verdicts, where there is none yet, and print its public part for the policy',
    run: async (output, _options, name = '') => (await import('../verdict/issuer.ts')).issuer(output, name),
  })
}

function addPolicy(program: Command): void {
  const policy = program.command('policy').description('look into policy files')
  addCommand(policy, {
    usage: 'check [file]',
    summary: 'read a policy (STRAYLIGHT_POLICY by default) and say what it does, or where it is wrong',
    run: async (output, _options, file) => (await import('./policy.ts')).checkPolicy(output, file),
  })
  addCommand(policy, {
    usage: 'diff <before> <after>',
    summary: 'say in sentences what changes from one policy file to another',
    run: async (output, _options, before = '', after = '') =>
      (await import('./policy.ts')).comparePolicies(output, before, after),
  })
  addCommand<PolicyTryOptions>(policy, {
    usage: 'try <file>',
    summary: 'say which alerts and commands of the last weeks another policy would make or not; applies nothing',
    configure: (command) =>
      command
        .option('--weeks <number>', 'how far back', wholeNumber, 2)
        .option('--tenant <name>', 'of this tenant alone'),
    run: async (output, options, file = '') => (await import('./policy-try.ts')).tryPolicy(output, options, file),
  })
}

function addRebuild(program: Command): void {
  addCommand(program, {
    usage: 'rebuild',
    summary:
      'read stored events again where an older program counted them in another way; can be stopped and run again',
    run: async (output) => (await import('./rebuild.ts')).rebuild(output),
  })
}

function addReplay(program: Command): void {
  addCommand<ReplayOptions>(program, {
    usage: 'replay <files...>',
    works: true,
    summary: 'run the stages over files and tell what they find; - reads standard input, .gz is read as it is',
    configure: (command) =>
      command
        .option('--history <files...>', 'old logs, learnt as vetted and not scored')
        .option('--format <name>', 'format of the files, where it must not be recognised by its content')
        .option(
          '--model <path>',
          'model.json of straylight train, or the folder that holds it (STRAYLIGHT_MODEL, else the one that ships)',
        )
        .option('--policy <file>', 'policy (STRAYLIGHT_POLICY)')
        .option('--registry <file>', 'registry of agents (STRAYLIGHT_REGISTRY)')
        .option('--scores <file>', 'write a line for each event, in input order')
        .option('--findings <file>', 'write a line for each finding, in input order')
        .option('--explain <event>', 'tell why this event alerted, or why not')
        .option('--partitions <number>', 'partitions of the log; changes no result', wholeNumber, 1)
        .option('--score-instances <number>', 'instances of score; changes no result', wholeNumber, 1)
        .option('--strict', 'stop at the first record that cannot be read'),
    run: async (output, options, ...operands) => (await import('./replay.ts')).replay(output, options, operands.flat()),
  })
}

function addInputs(program: Command): void {
  const inputs = program.command('inputs').description('look into logs before anything learns from them')
  addCommand<ExplainInputsOptions>(inputs, {
    usage: 'explain <files...>',
    summary:
      'say what reads each kind of line, what it fills and switches on, or why it is rejected; - reads standard input',
    configure: (command) =>
      command
        .option('--format <name>', 'format of the files, where it must not be recognised by its content')
        .option('--registry <file>', 'registry of agents (STRAYLIGHT_REGISTRY)'),
    run: async (output, options, ...operands) =>
      (await import('./explain-inputs.ts')).explainInputs(output, options, operands.flat()),
  })
  addCommand<CheckMappingsOptions>(inputs, {
    usage: 'check <file>',
    summary: 'try a mapping file (STRAYLIGHT_MAPPINGS): run the tests in it, and show what lines of a log become',
    configure: (command) => command.option('--sample <log>', 'log whose lines it shows'),
    run: async (output, options, file) =>
      (await import('./check-mappings.ts')).checkMappings(output, options, String(file)),
  })
  addCommand<RejectionsOptions>(program, {
    usage: 'rejections',
    summary: 'list what could not be read, by code, field and origin, with a sample of each',
    configure: (command) => command.option('--limit <number>', 'so many of the newest are read', wholeNumber, 100_000),
    run: async (output, options) => (await import('./rejections.ts')).rejections(output, options),
  })
}

function addReset(program: Command): void {
  addCommand<ResetOptions>(program, {
    usage: 'reset',
    summary: 'delete the data folder: what was learnt, every alert, and the keys',
    configure: (command) =>
      command
        .option('--yes', 'really delete it')
        .option('--keep-keys', 'all but the keys: brokers, policies and receivers go on with those they know')
        .option('--store', 'the store alone: the next start fills a new one with what the log still holds'),
    run: async (output, options) => (await import('./reset.ts')).reset(output, options),
  })
}

function addRestore(program: Command): void {
  addCommand<GiverOptions>(program, {
    usage: 'restore <command>',
    summary: 'take a revocation back: the broker is asked to restore what the command took; waits for it to be sent',
    configure: addGiverOptions,
    run: async (output, options, command = '') => (await import('./restore.ts')).restore(output, options, command),
  })
}

function addSimulate(program: Command): void {
  addCommand<{ seed: string; keep: boolean }>(program, {
    usage: 'simulate',
    works: true,
    summary: 'watch a simulated fleet of some 40 agents being learnt, and five of them stray',
    configure: (command) =>
      command
        .option('--seed <number>', 'whole number that names, tools, times and amounts are drawn from', '1')
        .option('--keep', 'go on with the console open on it, until you stop it', false),
    run: async (output, options) => (await import('./simulate.ts')).simulateFleet(output, options),
  })
}

function addTopics(program: Command): void {
  const command = program.command('topics').description('the topics of a Kafka cluster, and the rights of each stage')
  addCommand(command, {
    usage: 'diff',
    summary: 'say what the topics of the cluster have other than they should; exit code 1 when there is something',
    run: async (output) => (await import('./topics.ts')).compareOrApply(output, 'diff'),
  })
  addCommand(command, {
    usage: 'apply',
    summary: 'create missing topics and alter settings; exit code 1 when something stays other than it should',
    run: async (output) => (await import('./topics.ts')).compareOrApply(output, 'apply'),
  })
  addCommand<AclOptions>(command, {
    usage: 'acls',
    summary:
      'print the rights that each stage, and whoever gives verdicts, needs and no others, for kafka-acls; or give them',
    configure: (acls) =>
      acls
        .option(
          '--principal <pattern>',
          'principal of a stage, {stage} standing for its name (verdict for people)',
          'User:{stage}',
        )
        .option('--apply', 'give these rights at the brokers that KAFKA_BROKERS names'),
    run: async (output, options) => (await import('./topics.ts')).grantAcls(output, options),
  })
}

function addSuppressions(program: Command): void {
  addCommand<{ tenant?: string }>(program, {
    usage: 'suppressions',
    summary: 'list what false verdicts keep quiet, by whom, why and until when; a true verdict on the same lifts one',
    configure: (command) => command.option('--tenant <name>', 'of this tenant alone'),
    run: async (output, options) => (await import('./suppressions.ts')).suppressions(output, options),
  })
}

function addTrain(program: Command): void {
  addCommand<TrainCommandOptions>(program, {
    usage: 'train',
    works: true,
    summary: "build a model from a deployment's own history, without labels",
    configure: (command) =>
      command
        .option(
          '--history <files...>',
          'audit logs to learn from (.gz and - too); without them, the events in the store',
        )
        .requiredOption('--out <folder>', 'folder to write model.json to, made if missing')
        .option('--registry <file>', 'registry of agents (STRAYLIGHT_REGISTRY)')
        .option('--format <name>', 'format of the files, where it must not be recognised by its content')
        .option('--seed <number>', 'seed of all that is drawn', wholeNumber, 1)
        .option('--name <name>', 'name that findings and commands give as their model', 'own-history')
        .option('--strict', 'stop at the first record that cannot be read'),
    run: async (output, options) => (await import('./train.ts')).train(output, options),
  })
}

function addVerdict(program: Command): void {
  addCommand<VerdictOptions>(program, {
    usage: 'verdict <alert> <answer>',
    summary:
      'answer an alert: approve or reject its held command, call it true or false, or ask for a lapsed command again; waits for the effect',
    configure: (command) =>
      addGiverOptions(command)
        .option(
          '--revision <number>',
          'the revision of the alert that you read, as each offered line has it; without it, the newest is answered',
          wholeNumber,
        )
        .option('--command <id>', 'the command that was seen: another one is neither approved nor rejected')
        .option(
          '--suppress-days <number>',
          'days for which a false verdict keeps the like quiet (the policy says how many by default and at most); 0: none',
          wholeNumber,
        ),
    run: async (output, options, alert = '', given = '') =>
      (await import('./verdict.ts')).verdict(output, options, alert, given),
  })
}

/** What both `verdict` and `restore` take. */
function addGiverOptions(command: Command): Command {
  return command
    .requiredOption('--reason <text>', 'why, for those who read it later')
    .option('--issuer <name>', 'who says it: a name that the policy lists under issuers', 'operator')
    .option('--role <role>', 'in which role: analyst, approver or owner (from the answer and the policy by default)')
    .option('--tenant <name>', 'the tenant that the alert must be of; without it, whatever tenant it is of')
    .option('--wait-seconds <number>', 'how long to wait for the effect', wholeNumber, 20)
}
