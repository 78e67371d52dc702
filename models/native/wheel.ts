import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { errorText } from '@straylight/schemas/error-text'
import { NativeBuildError, runTool, toolsOrThrow } from './tool.ts'

/**
 * The TensorFlow library, inside the wheel that Python's registry has of it (Apache-2.0; the notices of what is linked
 * into it are kept beside it). Python itself plays no part once it is unpacked, so any Python's wheel would do.
 */
export const tensorflowWheel = {
  version: '2.21.0',
  file: 'tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl',
  sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
  python: '3.12',
  platform: 'manylinux_2_27_x86_64',
  libraries: ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
  licences: ['tensorflow/include/LICENSE', 'tensorflow/THIRD_PARTY_NOTICES.txt'],
  /** What is unpacked: the libraries, the headers that the binding includes, the licences. */
  members: [
    'tensorflow/libtensorflow_cc.so.2',
    'tensorflow/libtensorflow_framework.so.2',
    'tensorflow/include/tensorflow/c/*.h',
    'tensorflow/include/tensorflow/core/platform/ctstring*.h',
    'tensorflow/include/tsl/platform/ctstring*.h',
    'tensorflow/include/xla/tsl/c/*.h',
    'tensorflow/include/LICENSE',
    'tensorflow/THIRD_PARTY_NOTICES.txt',
  ],
} as const

/**
 * Path of the wheel in the cache, checked against its hash; fetched with pip when it isn't there. A site without a
 * registry puts the file into the cache by hand.
 */
export async function wheelFile(cache: string, say: (sentence: string) => void): Promise<string> {
  const path = join(cache, tensorflowWheel.file)
  if (await exists(path)) {
    await check(path)
    say(`TensorFlow ${tensorflowWheel.version} is in ${cache}`)
    return path
  }
  await toolsOrThrow([['pip', "pip (Debian's package python3-pip), or the wheel put into the cache by hand"]])
  say(`fetching ${tensorflowWheel.file} (274 MB) with pip`)
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, 'wheel-'))
  try {
    await fetchWheel(work)
    await check(join(work, tensorflowWheel.file))
    await rename(join(work, tensorflowWheel.file), path)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return path
}

async function fetchWheel(folder: string): Promise<void> {
  const { version, sha256, python, platform } = tensorflowWheel
  await writeFile(join(folder, 'wanted.txt'), `tensorflow-cpu==${version} --hash=sha256:${sha256}\n`)
  const which = ['--no-deps', '--only-binary=:all:', '--python-version', python, '--platform', platform]
  const args = ['download', '--quiet', '--no-cache-dir', '--require-hashes', ...which, '-d', '.', '-r', 'wanted.txt']
  await runTool('pip', args, { cwd: folder }).catch((error: unknown) => {
    throw new NativeBuildError(
      `TensorFlow ${version} did not come from the Python registry that pip is set up for. ` +
        `Is the registry away? Put ${tensorflowWheel.file} into the cache folder by hand, or run again later.\n` +
        `${errorText(error)}`,
      { cause: error },
    )
  })
}

async function check(path: string): Promise<void> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  const found = hash.digest('hex')
  if (found !== tensorflowWheel.sha256)
    throw new NativeBuildError(`${path} has SHA-256 ${found}, not ${tensorflowWheel.sha256}: remove it and run again`)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
