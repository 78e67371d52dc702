import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** `npm run native`: done at once where it was built before. Gives what it said, or why there is no native TensorFlow. */
export async function builtNative(): Promise<{ said: string } | { absent: string }> {
  const cache = process.env.STRAYLIGHT_TEST_CACHE ?? join(homedir(), '.cache', 'straylight')
  const command = ['--import', 'tsx', 'models/native/build.ts', '--cache', cache]
  try {
    const building = run(process.execPath, command, { cwd: root })
    building.child.stdout?.pipe(process.stdout, { end: false })
    return { said: (await building).stdout }
  } catch (error) {
    return { absent: `npm run native: ${(error as { stderr?: string }).stderr || String(error)}` }
  }
}
