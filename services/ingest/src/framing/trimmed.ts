/** Space, a byte order mark, RFC 7464's record separator and the zero that ends a frame of GELF before a text, and space and a comma behind it. */
export function trimmed(bytes: Buffer): Buffer {
  if (bytes[0] === 0x7b && bytes[bytes.length - 1] === 0x7d) return bytes
  let start = 0
  let end = bytes.length
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) start = 3
  while (start < end && isSpace(bytes[start])) start++
  while (end > start && isSpace(bytes[end - 1])) end--
  if (bytes[end - 1] === 0x2c) end--
  return bytes.subarray(start, end)
}

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0x1e || byte === 0x00
