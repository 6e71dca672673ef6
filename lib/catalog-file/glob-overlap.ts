/**
 * Tells whether some string matches both globs (of {@link matchesGlob}). Time is at most c · one · other.
 */
export function globsOverlap(one: string, other: string): boolean {
  const [left, right] = [tokensOf(one), tokensOf(other)];
  const tried = new Set<number>();
  const open: [number, number][] = [[0, 0]];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const [at, across] = place;
    const id = at * (right.length + 1) + across;
    if (tried.has(id)) continue;
    tried.add(id);
    const [a, b] = [left[at], right[across]];
    if (a === undefined && b === undefined) return true;
    if (isWild(a)) open.push([at + 1, across]);
    if (isWild(b)) open.push([at, across + 1]);
    if (isWild(a) && b !== undefined && (isWild(b) || takes(a, b))) open.push([at, across + 1]);
    else if (isWild(b) && a !== undefined && takes(b, a)) open.push([at + 1, across]);
    else if (a !== undefined && a === b) open.push([at + 1, across + 1]);
  }
  return false;
}

function tokensOf(glob: string): string[] {
  return glob.match(/\*\*|\*|[^*]/gsu) ?? [];
}

function isWild(token: string | undefined): token is '*' | '**' {
  return token === '*' || token === '**';
}

function takes(wildcard: '*' | '**', char: string): boolean {
  return wildcard === '**' || (char !== ':' && char !== '/');
}
