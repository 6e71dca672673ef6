/** CPU time of this process, its threads included, in microseconds. */
export function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Time on the clock, in microseconds: for what happens in other processes too. */
export function wallMicroseconds(): number {
  return performance.now() * 1000;
}

/** Runs a task so many times, with so many in flight, and gives the microseconds of one by that clock. */
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

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

/** One thing that is compared: its tasks take an index that counts over all rounds. */
export interface Contender {
  readonly name: string;
  task(index: number): Promise<unknown>;
}

/** What contenders were measured at. */
export interface Comparison {
  /** Median microseconds of one task, of CPU unless another clock was told. */
  microseconds(name: string): number;
  /** Median, over the rounds, of one contender's figure by another's of the same round. */
  ratio(name: string, to: string): number;
}

/** How contenders are measured: in so many rounds after a first that warms up, so many tasks in each. */
export interface Course {
  readonly rounds: number;
  readonly times: number;
  readonly inFlight: number;
  readonly clock?: () => number;
}

/** Measures contenders in turn, round by round, so that a machine that changes its speed changes it for all of them. */
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
