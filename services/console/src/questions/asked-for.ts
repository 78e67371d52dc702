import { AsyncLocalStorage } from 'node:async_hooks'

/** For whom what runs now is asked: whose turn its questions of the store take. Nobody: the program itself. */
export const askedFor = new AsyncLocalStorage<string>()
