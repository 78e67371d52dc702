/** What is said in place of a tier where the registry gives none: the policy judges the agent all the same. */
export const unregisteredTier = (judgedAs = 'medium'): string => `no tier: not registered, judged as ${judgedAs}`
