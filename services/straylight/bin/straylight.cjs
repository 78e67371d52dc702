#!/usr/bin/env -S node --max-semi-space-size=64
// @ts-check
'use strict'

// The semi-space, in the line above, has room for what one batch brings (5,000 records and what they become), in MiB: with
// Node's default of 16 it outlives the young heap, and the old one has to be gone through for it. With 30,000 profiles in
// memory score goes 1.6 times as fast. Only Node's command line can set it.

// Threads that chDB, LMDB and the file system share. chDB holds one for each query under way, and with Node's default
// of 4 a few waiting queries block every file read for seconds. Read at the first use of a thread, which is after this
// line because nothing here is loaded asynchronously before it. What the shell has set wins.
process.env.UV_THREADPOOL_SIZE ??= '16'

const { existsSync } = require('node:fs')
const { join } = require('node:path')

// In a checkout the program is built first where its sources have changed; a package carries no sources.
const builder = join(__dirname, '../build/ensure-built.cjs')
if (existsSync(builder)) require(builder).ensureBuilt()

// Stack traces name lines of the sources.
process.setSourceMapsEnabled(true)
void import(join(__dirname, '../dist/main.js'))
