/** Answers that may mean the message's own text: what stands before a receiver may take an agent's words for an attack on it. */
export const refusesText: ReadonlySet<number> = new Set([400, 403, 406, 413, 415, 422])
