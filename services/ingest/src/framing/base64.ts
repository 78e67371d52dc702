/** Base64 of at least an object. */
export const isBase64 = (text: string): boolean => text.length >= 8 && /^[A-Za-z0-9+/_-]+={0,2}\s*$/.test(text)

/** How base64 begins of an object, a list, gzip and zlib. */
const startOfRecords = /^(?:e[wy]|W[wy]|H4sI|eJ)/

/** Base64 that may hold records where nothing around it says so: names and numbers look like base64 too. */
export const isBase64OfRecords = (text: string): boolean =>
  text.length >= 24 && startOfRecords.test(text) && isBase64(text)
