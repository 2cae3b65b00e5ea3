/** What changes a run's course by itself, or where it came from; each is told with a sentence. */
export const MILESTONES = ['best', 'early_stop', 'oom_retry', 'extended', 'branched'] as const;
export type Milestone = (typeof MILESTONES)[number];
