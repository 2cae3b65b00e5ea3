import { createInterface } from 'node:readline';
import type { Introduction } from '../contestant.ts';

/** Does a task `count` times and says how many items that were. */
export type Task = (count: number) => Promise<number>;

/** A contestant's end of the protocol (see Contestant). */
export async function serve(introduction: Introduction, tasks: Readonly<Record<string, Task>>): Promise<void> {
  console.log(JSON.stringify(introduction));
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, count] = line.split(' ');
    const [cpu, start] = [process.cpuUsage(), performance.now()];
    const items = await tasks[name!]!(Number(count));
    const [wall, used] = [(performance.now() - start) / 1000, process.cpuUsage(cpu)];
    console.log(JSON.stringify({ wall, cpu: (used.user + used.system) / 1e6, items }));
  }
}
