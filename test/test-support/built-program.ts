import { fileURLToPath } from 'node:url'

/** The command as it is installed. It builds itself first where sources have changed; `npm test` has done so before. */
export const builtProgram = fileURLToPath(new URL('../../services/straylight/bin/straylight.cjs', import.meta.url))
