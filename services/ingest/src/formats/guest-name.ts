/** The address of a guest by the name that Microsoft gives it here: `mallory_evil.example#EXT#@acme.onmicrosoft.com` is mallory@evil.example. */
export function guestOf(name: unknown): string | undefined {
  const guest = typeof name === 'string' ? /^(.{1,200})_([^_]{1,200})#EXT#@/i.exec(name) : null
  return guest === null ? undefined : `${guest[1]}@${guest[2]}`
}
