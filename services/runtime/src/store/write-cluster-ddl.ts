import { mkdir, writeFile } from 'node:fs/promises'
import { clusterDdl } from './cluster-ddl.ts'

// `npm run cluster-ddl`: a test fails when the file is older than schemas/sql.
const file = new URL('../../../../deploy/clickhouse/cluster.sql', import.meta.url)
await mkdir(new URL('.', file), { recursive: true })
await writeFile(file, await clusterDdl())
