/** CPU time of this process, its threads included, in microseconds. */
export function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Time on the clock, in microseconds: for work that other processes do, too. */
export function wallMicroseconds(): number {
  return performance.now() * 1000;
}

/** Runs a task this many times, with this many in flight, and returns the microseconds of one by that clock. */
async function perTask(
  times: number,
  inFlight: number,
  task: (index: number) => Promise<unknown>,
  clock: () => number,
): Promise<number> {
  let next = 0;
  async function worker(): Promise<void> {
    while (next < times) await task(next++);
  }
  const before = clock();
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (clock() - before) / times;
}

/** The median of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

/** One side of a comparison: its tasks take an index that counts over all rounds. */
export interface Contender {
  readonly name: string;
  task(index: number): Promise<unknown>;
}

/** The figures of the contenders. */
export interface Comparison {
  /** Median microseconds of one task, of CPU unless you passed another clock. */
  microseconds(name: string): number;
  /** Median, over the rounds, of one contender's figure divided by another's of the same round. */
  ratio(name: string, to: string): number;
}

/** How contenders are measured: in how many rounds, after a first one that warms up, with how many tasks in each. */
export interface Course {
  readonly rounds: number;
  readonly times: number;
  readonly inFlight: number;
  readonly clock?: () => number;
}

/** Measures contenders in turn, round by round, so that if the machine's speed changes, it changes for all of them. */
export async function compare(
  contenders: readonly Contender[],
  { rounds, times, inFlight, clock = cpuMicroseconds }: Course,
): Promise<Comparison> {
  const figures = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, task } of contenders) {
      const figure = await perTask(times, inFlight, (index) => task(round * times + index), clock);
      if (round > 0) figures.get(name)!.push(figure); // the first round warms up
    }
  }
  return {
    microseconds: (name) => median(figures.get(name)!),
    ratio: (name, to) => median(figures.get(name)!.map((figure, round) => figure / figures.get(to)![round]!)),
  };
}
