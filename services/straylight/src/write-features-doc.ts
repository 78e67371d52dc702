import { writeFile } from 'node:fs/promises'
import { featuresDoc } from '@straylight/models/features/features-doc'

// `npm run features-doc`: a test fails when the page is older than the definitions.
await writeFile(new URL('../../../docs/features.md', import.meta.url), featuresDoc())
