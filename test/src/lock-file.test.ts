import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

// Promise 18: what is installed is what was locked, for every platform that is claimed.

const root = fileURLToPath(new URL('../../', import.meta.url))
const text = readFileSync(`${root}package-lock.json`, 'utf8')

const LockedPackage = z.looseObject({
  version: z.string().optional(),
  resolved: z.string().optional(),
  link: z.boolean().optional(),
  integrity: z.string().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
  os: z.array(z.string()).optional(),
  cpu: z.array(z.string()).optional(),
  libc: z.array(z.string()).optional(),
})
const LockFile = z.looseObject({ packages: z.record(z.string(), LockedPackage) })
type LockFile = z.infer<typeof LockFile>
type LockedPackage = z.infer<typeof LockedPackage>
const lock = LockFile.parse(JSON.parse(text))

/** The platforms that README.md claims: for each of them every package is there, with its hash. */
const claimed = [{ os: 'linux', cpu: 'x64', libc: 'glibc' }] as const

/**
 * Packages of platforms that are not claimed, whose hash was not to be had where the lock file was written. Whoever can
 * fetch them takes them out of the lock file, has npm add them again, and then claims the platform.
 */
const withoutHash = ['@chdb/lib-darwin-arm64', '@chdb/lib-darwin-x64', '@chdb/lib-linux-arm64-gnu']

const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

/** What a registry serves: not the packages of this repository. */
function fetched({ packages }: LockFile): [string, LockedPackage][] {
  return Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
}

/** Names of packages that npm would install without checking what it got. */
function unchecked(file: LockFile): string[] {
  return fetched(file)
    .filter(([, { integrity = '' }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity))
    .map(([path]) => nameOf(path))
    .sort()
}

const isNative = ({ os, cpu }: LockedPackage) => os !== undefined || cpu !== undefined
const fits = ({ os, cpu, libc }: LockedPackage, platform: (typeof claimed)[number]) =>
  (os?.includes(platform.os) ?? true) &&
  (cpu?.includes(platform.cpu) ?? true) &&
  (libc?.includes(platform.libc) ?? true)

/** Packages with a native part for each platform, by name, with those parts. One part alone is an extra, such as fsevents. */
function nativePackages(file: LockFile): Map<string, LockedPackage[]> {
  const parts = (entry: LockedPackage) =>
    Object.keys(entry.optionalDependencies ?? {})
      .map((name) => file.packages[`node_modules/${name}`])
      .filter((part) => part !== undefined && isNative(part))
      .filter((part) => part !== undefined)
  return new Map(
    fetched(file)
      .map(([path, entry]) => [nameOf(path), parts(entry)] as const)
      .filter(([, found]) => found.length > 1),
  )
}

/** Native packages that a platform would have to do without, or would install without a check. */
function missingOn(file: LockFile, platform: (typeof claimed)[number]): string[] {
  return [...nativePackages(file)]
    .filter(([, parts]) => !parts.some((part) => fits(part, platform) && part.integrity !== undefined))
    .map(([name]) => name)
}

test('the lock file has the hash of every package, but of those named here', () => {
  assert.deepEqual(unchecked(lock), withoutHash)
})

test('no package without a hash is for a platform that is claimed', () => {
  for (const name of withoutHash) {
    const entry = lock.packages[`node_modules/${name}`]
    assert.ok(entry)
    for (const platform of claimed) assert.equal(fits(entry, platform), false, `${name} on ${JSON.stringify(platform)}`)
  }
})

test('every native package has its part for each claimed platform', () => {
  const native = [...nativePackages(lock).keys()]
  for (const name of ['chdb', 'lmdb', 'esbuild', 'snappy', 'lz4-napi', 'typescript', 'turbo', '@biomejs/biome'])
    assert.ok(native.includes(name), `${name} has no native parts in the lock file`)
  for (const platform of claimed) assert.deepEqual(missingOn(lock, platform), [], JSON.stringify(platform))
})

test('the README claims these platforms and no others', () => {
  assert.match(readFileSync(`${root}README.md`, 'utf8'), /Linux on x64 with glibc/)
  assert.equal(claimed.length, 1)
})

test('a hash or a native part taken out of the lock file is found', () => {
  const damaged = LockFile.parse(JSON.parse(text))
  const zod = damaged.packages['node_modules/zod']
  assert.ok(zod)
  delete zod.integrity
  delete damaged.packages['node_modules/@lmdb/lmdb-linux-x64']
  assert.ok(unchecked(damaged).includes('zod'))
  assert.deepEqual(missingOn(damaged, claimed[0]), ['lmdb'])
})

test('the lock file has every package for every platform, or `npm ci` refuses it', () => {
  // Installing on one platform from a registry that lacks the others' packages would leave them out.
  const wanted = Object.values(lock.packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
  const paths = Object.keys(lock.packages)
  assert.deepEqual(
    wanted.filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`))),
    [],
  )
})

test('the lock file names versions and hashes, never where a package was fetched', () => {
  for (const [path, { resolved, link }] of Object.entries(lock.packages)) {
    if (resolved !== undefined) assert.ok(link && !resolved.includes(':'), `${path} is resolved to ${resolved}`)
  }
  assert.equal(/"(resolved|version)":\s*"[a-z+]+:/.test(text), false)
})

test('no package runs a script at its installation, and versions stand exactly', () => {
  const npmrc = readFileSync(`${root}.npmrc`, 'utf8')
  assert.match(npmrc, /^ignore-scripts=true$/m)
  assert.match(npmrc, /^omit-lockfile-registry-resolved=true$/m)
  const Manifest = z.looseObject({
    dependencies: z.record(z.string(), z.string()).optional(),
    devDependencies: z.record(z.string(), z.string()).optional(),
  })
  const manifests = Object.keys(lock.packages).filter((path) => !path.includes('node_modules/'))
  for (const path of manifests) {
    const { dependencies, devDependencies } = Manifest.parse(
      JSON.parse(readFileSync(`${root}${path === '' ? '' : `${path}/`}package.json`, 'utf8')),
    )
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
      assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${path || 'package.json'}: ${name}`)
  }
})
