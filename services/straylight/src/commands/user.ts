import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { UserRole } from '@straylight/console/contract/sign-in'
import { hashPassword, readUsers, UserName, writeUsers } from '@straylight/console/sign-in/user-file'
import { AllSettings, readSettings } from '@straylight/runtime/settings/config'
import { counted } from '@straylight/schemas/counted'
import { usersFileOf } from '../console/users-file.ts'
import { standardInput } from '../standard-input.ts'
import { oneOf } from '../verdict/give-verdict.ts'
import { type CommandOutput, WrongUsage } from './command.ts'

export interface UserOptions {
  readonly role: string
  readonly tenant?: string
  readonly issuer?: string
}

/** Shorter ones are guessed (NIST SP 800-63B asks for 15 where a password is all there is). */
const passwordMin = 15

const usersFile = (): string => {
  const settings = readSettings(AllSettings)
  return usersFileOf(settings, join(settings.STRAYLIGHT_DATA, 'keys'))
}

/** `straylight user add NAME --role ROLE`: adds a user of the console, or gives one another role or password; reads the password from standard input. */
export async function addUser(output: CommandOutput, options: UserOptions, name: string): Promise<number> {
  const role = oneOf(UserRole, options.role, 'role')
  const named = UserName.safeParse(name)
  if (!named.success) throw new WrongUsage(`"${name}" is no name of a user: ${named.error.issues[0]?.message}`)
  if (process.stdin.isTTY)
    output.say(`Type the password of ${name} (${passwordMin} characters or more), Enter, then Ctrl-D:`)
  const password = (await text(standardInput())).replace(/\r?\n$/, '')
  if ([...password].length < passwordMin)
    throw new WrongUsage(`The password has fewer than ${counted(passwordMin, 'character')}.`)
  const file = usersFile()
  const others = (await readUsers(file)).filter((user) => user.name !== name)
  const { tenant, issuer } = options
  const user = { name, role, ...(tenant === undefined ? {} : { tenant }), ...(issuer === undefined ? {} : { issuer }) }
  await writeUsers(file, [...others, { ...user, password: await hashPassword(password) }])
  output.say(`${name} is a user of the console (${role}${tenant === undefined ? '' : `, tenant ${tenant} alone`}).`)
  if (role !== 'viewer') output.say(`To answer alerts, the user needs a key: straylight issuer ${issuer ?? name}`)
  output.result({ ...user, file })
  return 0
}

/** `straylight user remove NAME`: signs the user out, too. */
export async function removeUser(output: CommandOutput, name: string): Promise<number> {
  const file = usersFile()
  const users = await readUsers(file)
  const others = users.filter((user) => user.name !== name)
  const removed = others.length < users.length
  if (removed) await writeUsers(file, others)
  output.say(removed ? `${name} is no user of the console any more.` : `There is no user ${name}.`)
  output.result({ name, removed })
  return removed ? 0 : 1
}

/** `straylight user list`. */
export async function listUsers(output: CommandOutput): Promise<number> {
  const users = (await readUsers(usersFile())).map(({ password: _password, ...user }) => user)
  for (const { name, role, tenant } of users)
    output.say(`${name}: ${role}${tenant === undefined ? '' : `, tenant ${tenant} alone`}`)
  output.say(`${counted(users.length, 'user')}.`)
  output.result({ users })
  return 0
}
