/** The stages, in the order in which an event meets them. */
export const stageNames = ['ingest', 'baseline', 'score', 'respond'] as const
export type StageName = (typeof stageNames)[number]
