/** CPU time of this process, its threads included, in microseconds. */
export function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Runs a task so many times, with so many in flight, and gives the CPU microseconds of one. */
export async function cpuPerTask(
  times: number,
  inFlight: number,
  task: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  async function worker(): Promise<void> {
    while (next < times) await task(next++);
  }
  const before = cpuMicroseconds();
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (cpuMicroseconds() - before) / times;
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
  /** Median CPU microseconds of one task. */
  microseconds(name: string): number;
  /** Median, over the rounds, of one contender's figure by another's of the same round. */
  ratio(name: string, to: string): number;
}

/** Measures contenders in turn, round by round, so that a machine that changes its speed changes it for all of them. */
export async function compare(
  contenders: readonly Contender[],
  { rounds, times, inFlight }: { rounds: number; times: number; inFlight: number },
): Promise<Comparison> {
  const figures = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, task } of contenders) {
      const figure = await cpuPerTask(times, inFlight, (index) => task(round * times + index));
      if (round > 0) figures.get(name)!.push(figure); // the first round warms up
    }
  }
  return {
    microseconds: (name) => median(figures.get(name)!),
    ratio: (name, to) => median(figures.get(name)!.map((figure, round) => figure / figures.get(to)![round]!)),
  };
}
