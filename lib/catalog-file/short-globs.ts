import type { Mapping } from '../entries/mapping.ts';
import type { Doubt } from './broad-rules.ts';
import { globsOverlap } from './glob-overlap.ts';
import { type Form, PLATFORM_VALUES, type PlatformValues } from './platform-values.ts';

/**
 * Points out globs that stop short: `*` ends at the next `:` or `/`, and the platform's values go on after it. Such an allow
 * allows nothing, and such a deny denies nothing.
 */
export function* shortGlobs({ issuer, subject, claims, effect }: Mapping): Generator<Doubt> {
  const platform = PLATFORM_VALUES.find((one) => isOf(one, issuer, subject));
  if (platform === undefined) return;
  const message = (glob: string, forms: readonly Form[], what: string) => {
    const end = missedEnd(glob, forms, effect === 'deny' || what === 'values');
    if (end === undefined) return undefined;
    const [missed, never] = end;
    return (
      `${never ? 'never matches' : 'matches few'}: * stops at the next : or /, and ${what} of ${platform.name} go on, as in ` +
      `"…${missed}"; write the parts in between, or ** to match them all`
    );
  };
  const ofSubject = message(subject, platform.subject, 'subjects');
  if (ofSubject !== undefined) yield [['subject'], ofSubject];
  for (const [name, rule] of Object.entries(claims ?? {})) {
    const forms =
      name === 'sub' ? platform.subject : (Object.hasOwn(platform.claims, name) && platform.claims[name]) || [];
    const found = [rule]
      .flat()
      .flatMap((one) => (typeof one === 'string' ? (message(one, forms, 'values') ?? []) : []));
    if (found[0] !== undefined) yield [['claims', name], found[0]];
  }
}

function isOf({ issuer, start }: PlatformValues, name: string, subject: string): boolean {
  return issuer.test(name) || (start !== undefined && subject.startsWith(start));
}

/**
 * How a value goes on that the glob would match if its `*` were `**`, though as it is it matches no value at all. With
 * `partly`, also if only a last `*` keeps it from matching values of another form: a deny then lets in whom it was to keep out. (An
 * allow of such subjects is one of pull requests, and pointed out as that.)
 */
function missedEnd(glob: string, forms: readonly Form[], partly: boolean): [end: string, never: boolean] | undefined {
  const wide = glob.replace(/\*+/g, '**');
  if (wide === glob) return undefined;
  const matched = forms.filter(([form]) => globsOverlap(glob, form));
  if (matched.length > 0 && !(partly && /[^*]\*$/.test(glob))) return undefined;
  const atEnd = matched.length > 0 ? `${glob}*` : wide;
  const missed = forms.find((form) => !matched.includes(form) && globsOverlap(atEnd, form[0]));
  return missed && [missed[1], matched.length === 0];
}
