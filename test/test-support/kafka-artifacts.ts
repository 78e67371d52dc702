import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/**
 * The releases of Apache Kafka that the tests run on, from Maven's central repository: the latest, and the latest of the
 * line before it, which many clusters still are.
 */
export const kafkaVersions = { latest: '4.4.0', before: '3.9.2' } as const
export type KafkaVersion = (typeof kafkaVersions)[keyof typeof kafkaVersions]

const run = promisify(execFile)
const mavenMs = 300_000

/** Folder with Kafka's jars, fetched once by Maven (with the machine's own settings) and kept; else why there is none. */
export async function kafkaJars(
  version: KafkaVersion = kafkaVersions.latest,
): Promise<{ folder: string } | { absent: string }> {
  const cache = process.env.STRAYLIGHT_TEST_CACHE ?? join(homedir(), '.cache', 'straylight')
  const folder = join(cache, `kafka-${version}-logging`)
  for (const command of ['java', 'mvn']) {
    const needed = command === 'java' || !(await exists(folder))
    if (needed && !(await works(command))) return { absent: `no ${command} on this machine` }
  }
  if (await exists(folder)) return { folder }
  try {
    await fetchJars(folder, version)
    return { folder }
  } catch (error) {
    return { absent: `Maven did not bring Kafka ${version}: ${error instanceof Error ? error.message : error}` }
  }
}

/** Into a folder beside, then renamed: a half-fetched Kafka is never mistaken for a whole one. */
async function fetchJars(folder: string, version: KafkaVersion): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  const work = await mkdtemp(`${folder}-`)
  try {
    await writeFile(join(work, 'pom.xml'), pomOf(version))
    const args = ['-q', '-B', '-f', join(work, 'pom.xml'), 'dependency:copy-dependencies', '-DincludeScope=runtime']
    const copy = [...args, `-DoutputDirectory=${join(work, 'jars')}`]
    try {
      await run('mvn', ['-o', ...copy], { timeout: mavenMs })
    } catch {
      // Not all in the local repository yet: this is the usual first time, and the error of the next call counts.
      await run('mvn', copy, { timeout: mavenMs })
    }
    await rename(join(work, 'jars'), folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const pomOf = (version: KafkaVersion) => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>straylight</groupId><artifactId>test-broker</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${version}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`

async function works(command: string): Promise<boolean> {
  return run(command, ['-version'], { timeout: 30_000 }).then(
    () => true,
    () => false,
  )
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
