declare module 'siphash' {
  /** SipHash-2-4: `h` and `l` are the high and low 32 bits. */
  const sipHash: { hash(key: Uint32Array, message: string | Uint8Array): { h: number; l: number } }
  export default sipHash
}
