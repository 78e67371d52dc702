import { writeFile } from 'node:fs/promises'
import { envExample } from './env-example.ts'

// `npm run env-example`: a test fails when the file is older than the settings.
await writeFile(new URL('../../../../deploy/env.example', import.meta.url), envExample())
