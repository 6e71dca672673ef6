import { inspect } from 'node:util';

/**
 * Everything that a log, a debugger or a careless handler could get out of a value, as one string: hidden and inherited members,
 * causes, and bytes, also as base64. Tests search it for their canary.
 */
export function everythingIn(thing: unknown): string {
  const seen = new Set<object>();
  const parts: string[] = [
    inspect(thing, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null }),
  ];
  const walk = (part: unknown): void => {
    if (typeof part === 'string') parts.push(part);
    if (typeof part !== 'object' || part === null || seen.has(part)) return;
    seen.add(part);
    if (part instanceof Uint8Array)
      return void parts.push(Buffer.from(part).toString(), Buffer.from(part).toString('base64'));
    for (const name of Reflect.ownKeys(part)) {
      try {
        walk((part as Record<PropertyKey, unknown>)[name]);
      } catch {
        // a getter that throws shows nothing
      }
    }
  };
  walk(thing);
  return parts.join('\n');
}
