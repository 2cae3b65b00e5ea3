// What other services use of reports.
export { writeTogether } from './atomic-write.ts';
export { buildReport } from './build-report.ts';
export { writeReport } from './write-report.ts';
