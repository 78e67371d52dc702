import type { Command } from 'commander'
import { wholeNumber } from '../whole-number.ts'
import type { AgentOptions } from './agent.ts'
import type { AgentsOptions } from './agents.ts'
import { addCommand } from './command.ts'
import type { DigestOptions } from './digest.ts'
import type { UserOptions } from './user.ts'

/** What the console shows and who may see it, from a shell: asked of the deployment, whether it runs or is stopped. */
export function addConsoleCommands(program: Command): void {
  addAgents(program)
  addAlert(program)
  addApprovals(program)
  addDigest(program)
  addLink(program)
  addStatus(program)
  addUsers(program)
}

function addAgents(program: Command): void {
  addCommand<AgentsOptions>(program, {
    usage: 'agents',
    summary:
      'list agents that are registered or were seen, the riskiest first; of a deployment that runs or is stopped',
    configure: (command) =>
      command
        .option('--tenant <name>', 'of this tenant alone')
        .option(
          '--search <terms>',
          'field:value of agent, owner, role, tier, state or registered, or a word of the name',
        )
        .option('--limit <number>', 'agents to list at most', wholeNumber, 50),
    run: async (output, options) => (await import('./agents.ts')).listAgents(output, options),
  })
  addCommand<AgentOptions>(program, {
    usage: 'agent <name>',
    summary: 'tell who an agent is, what it usually does, and what it is granted and does not use',
    configure: (command) =>
      command
        .option('--tenant <name>', 'its tenant, where several have an agent of this name')
        .option('--would-alert', 'ask the scorer as well what it would have to do to be alerted now'),
    run: async (output, options, name = '') => (await import('./agent.ts')).showAgent(output, options, name),
  })
}

function addApprovals(program: Command): void {
  addCommand<{ tenant?: string }>(program, {
    usage: 'approvals',
    summary: 'list commands that wait for a person, the nearest deadline first, each with how to answer',
    configure: (command) => command.option('--tenant <name>', 'of this tenant alone'),
    run: async (output, options) => (await import('./approvals.ts')).listApprovals(output, options),
  })
}

function addDigest(program: Command): void {
  addCommand<DigestOptions>(program, {
    usage: 'digest',
    summary: "send each owner what happened at the owner's agents yesterday, once; nothing where nothing did",
    configure: (command) =>
      command
        .option('--print', 'print it and send nothing')
        .option('--day <day>', 'another day, YYYY-MM-DD, UTC')
        .option('--tenant <name>', 'of this tenant alone')
        .option('--owner <name>', 'of this owner alone'),
    run: async (output, options) => (await import('./digest.ts')).digest(output, options),
  })
}

function addLink(program: Command): void {
  addCommand(program, {
    usage: 'link',
    summary: 'print a link that opens the console of the running deployment, signed in, once',
    run: async (output) => (await import('./link.ts')).link(output),
  })
}

function addStatus(program: Command): void {
  addCommand(program, {
    usage: 'status',
    summary: 'tell how the deployment is and what waits for somebody; exit code 1 where it is stopped or not ready',
    run: async (output) => (await import('./status.ts')).status(output),
  })
}

function addUsers(program: Command): void {
  const user = program.command('user').description('who may sign in at the console by password')
  addCommand<UserOptions>(user, {
    usage: 'add <name>',
    summary: 'add a user, or change one; reads the password from standard input',
    configure: (command) =>
      command
        .requiredOption('--role <role>', 'viewer, analyst, approver or admin')
        .option('--tenant <name>', 'the one tenant that the user sees; without it, all')
        .option('--issuer <name>', 'whose key signs the verdicts of the user (the name of the user by default)'),
    run: async (output, options, name = '') => (await import('./user.ts')).addUser(output, options, name),
  })
  addCommand(user, {
    usage: 'remove <name>',
    summary: 'remove a user, who is signed out at once',
    run: async (output, _options, name = '') => (await import('./user.ts')).removeUser(output, name),
  })
  addCommand(user, {
    usage: 'list',
    summary: 'list users, with their roles',
    run: async (output) => (await import('./user.ts')).listUsers(output),
  })
}

function addAlert(program: Command): void {
  addCommand(program, {
    usage: 'alert <id>',
    summary: 'tell of one alert: its reasons and numbers, what was done, and what each answer would do',
    run: async (output, _options, id = '') => (await import('./alert.ts')).showAlert(output, id),
  })
}
