import { errorText } from '@straylight/schemas/error-text'

/** One thing that a start needs, as it stands. */
export interface Check {
  readonly name: string
  /** `note`: works, and should be known. */
  readonly state: 'good' | 'note' | 'bad'
  readonly found: string
  readonly mend?: string
  /** With `--json`, for programs: the public key, files of secrets, values of settings. */
  readonly details?: object
}

/** A check that throws has found something bad: its message says what and where. */
export async function checked(name: string, look: () => Promise<Omit<Check, 'name'>>): Promise<Check> {
  try {
    return { name, ...(await look()) }
  } catch (error) {
    return { name, state: 'bad', found: errorText(error) }
  }
}
