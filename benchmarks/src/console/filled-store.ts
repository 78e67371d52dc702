import { readFile, writeFile } from 'node:fs/promises'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import { fillStore, type StoreSize } from './console-store.ts'

/**
 * A store of this size in a folder (`BENCH_STORE` keeps it for the next run, moved forward by whatever migrations came since). Throws where
 * what lies in the folder has another size, or was never filled to its end.
 */
export async function filledStore(directory: string, size: StoreSize, say: (sentence: string) => void): Promise<Store> {
  const mark = `${directory}.filled.json`
  const asked = JSON.stringify(size)
  const known = await readFile(mark, 'utf8').catch(() => undefined)
  if (known !== undefined && known !== asked)
    throw new Error(`${directory} holds ${known}, not ${asked}: name another folder as BENCH_STORE`)
  const store = await openStore({ directory })
  if (known !== undefined) return store
  const began = performance.now()
  await fillStore(store, size, { now: Date.now(), say })
  await writeFile(mark, asked)
  say(`the store is filled after ${Math.round((performance.now() - began) / 1000)} s`)
  return store
}
