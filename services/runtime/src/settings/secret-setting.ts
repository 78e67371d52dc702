import { z } from 'zod'

/** Marks a setting whose value must never be printed. */
export const secret = { secret: true }

/** Marks a setting that names a file which nobody but the program should be able to read. */
export const secretFile = { secret_file: true }

/** Whether a setting must never be printed. */
export function isSecret(setting: z.ZodType): boolean {
  return setting.meta()?.secret === true
}

/** Whether a setting names a file with a secret in it. */
export function isSecretFile(setting: z.ZodType): boolean {
  return setting.meta()?.secret_file === true
}

/** The variable that names the file of a secret setting. */
export const fileSettingOf = (name: string): string => `${name}_FILE`

/**
 * The same settings, and beside each secret one NAME_FILE: a file that holds its value, as orchestrators mount it.
 * `readSettings` puts what the file holds in the secret's place, so nothing else asks for these names.
 */
export function withSecretFiles<Shape extends z.ZodRawShape>(part: z.ZodObject<Shape>): z.ZodObject<Shape> {
  const settings = Object.entries<unknown>(part.shape).flatMap(([name, setting]): [string, unknown][] => {
    if (!(setting instanceof z.ZodType) || !isSecret(setting)) return [[name, setting]]
    return [
      [name, setting],
      [fileSettingOf(name), fileSetting()],
    ]
  })
  // The added names are left out of the type: what they hold is asked for by the secret's own name.
  const shape: Shape = Object.assign({}, ...settings.map(([name, setting]) => ({ [name]: setting })))
  return z.object(shape)
}

const fileSetting = () =>
  z
    .string()
    .trim()
    .min(1, 'expected the path of a file')
    .optional()
    .describe('File with that value instead, as orchestrators mount it. Set one of the two.')
    .meta(secretFile)
