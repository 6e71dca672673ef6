const STAR = 42;
const COLON = 58;
const SLASH = 47;

/** Tells whether a pattern holds a wildcard. One without is compared to the letter. */
export function isGlob(pattern: string): boolean {
  return pattern.includes('*');
}

/**
 * Tells whether a text matches a glob as a whole. `*` stands for any number of characters, none included, inside one segment
 * (`:` and `/` both end a segment); `**` for any number of any characters. There are no other metacharacters and no escape:
 * every other character stands for itself, case included.
 *
 * Time is at most c · pattern · text whatever both hold, and no memory is kept: globs come from configuration and texts from
 * tokens, so neither may choose how long the match takes. Hence no regular expression and no backtracking, but all the places
 * in the pattern that the text read so far can have led to, carried forward side by side.
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
      const wanted = pattern.charCodeAt(place);
      if (wanted === STAR ? crosses(pattern, place) || (char !== COLON && char !== SLASH) : wanted === char) {
        arrive(pattern, wanted === STAR ? place : place + 1, next);
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
 * Adds a place and, since a wildcard may stand for nothing, those behind the wildcards that start there. Places come in rising
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
