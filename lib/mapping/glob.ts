const STAR = 42;
const COLON = 58;
const SLASH = 47;

/** Reports whether a pattern contains a wildcard. A pattern without one matches only itself. */
export function isGlob(pattern: string): boolean {
  return pattern.includes('*');
}

/**
 * Reports whether a glob matches a whole string. `*` matches any number of characters, including none, inside one segment (`:`
 * and `/` both end a segment); `**` matches any number of any characters. There are no other metacharacters and no escape:
 * every other character matches itself, and case counts.
 *
 * Time is at most c · pattern · text, whatever they contain, and nothing is kept between calls: globs come from configuration
 * and strings from tokens, and neither may choose how long a match takes. So this uses no regular expression and no
 * backtracking, but carries forward, side by side, all the places in the pattern that the characters so far can have led to.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const literal = pattern.indexOf('*');
  if (literal === -1) return pattern === text;
  // Most rules differ in their literal start, so most comparisons end here.
  if (text.length < literal || !text.startsWith(pattern.slice(0, literal))) return false;
  // Most globs end in their only wildcard.
  const rest = pattern.slice(literal);
  if (rest === '**') return true;
  if (rest === '*') return !/[:/]/.test(text.slice(literal));
  let places: number[] = [];
  let next: number[] = [];
  arrive(pattern, literal, places);
  for (let at = literal; at < text.length && places.length > 0; at++) {
    const char = text.charCodeAt(at);
    for (const place of places) {
      const expected = pattern.charCodeAt(place);
      if (expected === STAR ? crosses(pattern, place) || (char !== COLON && char !== SLASH) : expected === char) {
        arrive(pattern, expected === STAR ? place : place + 1, next);
      }
    }
    [places, next] = [next, places];
    next.length = 0;
  }
  return places.at(-1) === pattern.length;
}

function crosses(pattern: string, place: number): boolean {
  return pattern.charCodeAt(place + 1) === STAR;
}

/**
 * Adds a place and, since a wildcard may match nothing, those behind the wildcards that start there. Places come in rising
 * order, so one that is not past the last added has been added already, with all behind it.
 */
function arrive(pattern: string, start: number, places: number[]): void {
  for (let place = start; ; place += crosses(pattern, place) ? 2 : 1) {
    const last = places.at(-1);
    if (last !== undefined && place <= last) return;
    places.push(place);
    if (pattern.charCodeAt(place) !== STAR) return;
  }
}
