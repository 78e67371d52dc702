// @ts-check
'use strict'

const { spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const { readdirSync, readFileSync, statSync } = require('node:fs')
const { join } = require('node:path')

const root = join(__dirname, '../../..')
const inputsFile = join(__dirname, '../dist/inputs.json')

/**
 * Builds the program where what it is built from has changed, by content; plain JavaScript, since it runs before there is
 * a build. Ends the process where that fails: what esbuild has said stands above.
 */
function ensureBuilt() {
  if (isCurrent()) return
  const build = join(__dirname, 'build-program.ts')
  // What the build says for people must not mix with what a command says for programs.
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', build], { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(1)
}

function isCurrent() {
  try {
    /** @type {Record<string, string>} */
    const inputs = JSON.parse(readFileSync(inputsFile, 'utf8'))
    return Object.entries(inputs).every(([path, hash]) => hashOf(join(root, path)) === hash)
  } catch {
    // No build yet, or a file that it was made from has gone.
    return false
  }
}

/**
 * Of a file's content, or of all that a folder holds.
 * @param {string} path
 * @returns {string}
 */
function hashOf(path) {
  const hash = createHash('sha1')
  if (!statSync(path).isDirectory()) return hash.update(readFileSync(path)).digest('base64')
  for (const name of readdirSync(path).sort()) hash.update(`${name} ${hashOf(join(path, name))}\n`)
  return hash.digest('base64')
}

module.exports = { ensureBuilt, hashOf, inputsFile, root }
