import type { PeopleOf } from '../alerts/assign-alert.ts'
import { UserRole } from '../contract/sign-in.ts'
import type { SignInParts } from './sign-in-desk.ts'
import { readUsers } from './user-file.ts'

const least = UserRole.options.indexOf('analyst')

/** Who may answer alerts of a tenant: users of the file, and whoever is signed in now, such as through the identity provider. */
export const createPeopleOf =
  ({ usersFile, sessions }: Pick<SignInParts, 'usersFile' | 'sessions'>): PeopleOf =>
  async (tenant) => {
    const local = (await readUsers(usersFile)).map(({ name, ...user }) => ({ user: name, tenant: null, ...user }))
    const others = sessions.all().filter(({ method }) => method !== 'password')
    return [...local, ...others]
      .filter((one) => UserRole.options.indexOf(one.role) >= least && (one.tenant ?? tenant) === tenant)
      .map(({ user }) => user)
  }
