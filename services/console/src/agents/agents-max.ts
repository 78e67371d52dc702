/** Agents that one answer is worked out of. */
export const agentsMax = 120_000
