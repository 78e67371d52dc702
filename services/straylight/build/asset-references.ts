import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Plugin } from 'esbuild'

const reference = /new URL\('(\.[^']+)', import\.meta\.url\)/g

/** What is made on the machine itself: looked for where the checkout has it, and carried by no package. */
const leftBehind = ['models/native/built']

/**
 * Files that a source names beside itself by `new URL('…', import.meta.url)`, as bundlers know it: they go with the
 * build below `assets/`, under their path in the repository, and the built code names them there.
 * @param assets Filled with the paths, relative to `root`, of files and folders that the build must carry.
 */
export function assetReferences({ root, dist, assets }: { root: string; dist: string; assets: Set<string> }): Plugin {
  const rewritten = (source: string, text: string) =>
    text.replace(reference, (_whole, to: string) => {
      const path = relative(root, join(dirname(source), to))
      if (leftBehind.includes(path)) return urlOf(relative(dist, join(root, path)), to)
      if (!existsSync(join(root, path))) throw new Error(`${source} names ${to}, and there is no such file`)
      assets.add(path)
      return urlOf(`./assets/${path}`, to)
    })
  return {
    name: 'asset-references',
    setup: (build) => {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8')
        return { loader: 'ts', contents: rewritten(path, text) }
      })
    },
  }
}

const urlOf = (path: string, original: string) =>
  `new URL('${path}${original.endsWith('/') ? '/' : ''}', import.meta.url)`
