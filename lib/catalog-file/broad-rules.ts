import type { ClaimRule, Mapping } from '../entries/mapping.ts';
import { isPattern } from '../entries/secret-pattern.ts';
import { isGlob, matchesGlob } from '../mapping/glob.ts';
import { SHARED_ISSUERS, type SharedIssuer } from './shared-issuers.ts';
import type { Path } from './source.ts';

/** What is doubtful about one rule: the way from the rule to the member, and the words. */
export type Doubt = readonly [member: Path, message: string];

/**
 * Points out an allow rule that is too broad to be meant (also in shadow, before it is enforced), and a rule of either
 * effect that can never match. A deny is never too broad.
 */
export function* broadRule(mapping: Mapping): Generator<Doubt> {
  const shared = SHARED_ISSUERS.get(mapping.issuer);
  if (shared?.stringsOnly) yield* deadClaims(mapping, shared);
  if (mapping.effect === 'deny') return;
  if (namesNobody(mapping.subject)) yield* wideSubject(mapping);
  if (shared !== undefined && !namesOwner(mapping, shared)) {
    yield [
      ['subject'],
      `allows strangers, since ${shared.name} signs tokens for everybody; add a claim such as ${shared.ownerClaims[0]}, or ` +
        (shared.example === undefined
          ? 'write the whole subject of one account'
          : `name the owner, as in ${JSON.stringify(shared.example)}`),
    ];
  } else if (shared?.name === 'GitHub Actions') yield* pullRequests(mapping);
}

function* wideSubject({ secret, claims }: Mapping): Generator<Doubt> {
  if (claims === undefined) {
    yield [
      ['subject'],
      'allows every workload of this issuer; write part of the subject without wildcards, or add a claim that narrows it',
    ];
  } else if (isPattern(secret)) {
    yield [
      ['secret'],
      'allows any subject to read many secrets; name one secret, or write part of the subject without wildcards',
    ];
  }
}

/** Words that all subjects of a kind start with: they narrow nothing. */
const KIND = /^(?:system:serviceaccount|repo|project_path|organization|owner|spiffe:\/)(?=[:/])/;

/** Whether no segment of the subject is literal, apart from the words that all subjects of its kind start with. */
function namesNobody(subject: string): boolean {
  if (!isGlob(subject)) return false;
  return subject
    .replace(KIND, '')
    .split(/[:/]/)
    .every((segment) => segment === '' || segment.includes('*'));
}

/** Whether the rule fixes an owner: by the literal start of the subject, or by a claim. */
function namesOwner({ subject, claims }: Mapping, shared: SharedIssuer): boolean {
  if (!isGlob(subject)) return true;
  const literal = subject.slice(0, subject.indexOf('*'));
  const whole = literal.split(/[:/]/).length - 1;
  if (shared.ownerSegments > 0 && whole >= shared.ownerSegments) return true;
  return Object.entries(claims ?? {}).some(([name, rule]) => shared.ownerClaims.includes(name) && isFixed(rule));
}

/** Whether each value is literal at least up to its first `/`: `acme/*` fixes the owner, `ac*` does not. */
function isFixed(rule: ClaimRule): boolean {
  if (Array.isArray(rule)) return rule.every(isFixed);
  return typeof rule !== 'string' || !isGlob(rule) || rule.slice(0, rule.indexOf('*')).includes('/');
}

/** Claims that tell a run of a pull request from one of reviewed code. */
const REVIEWED = ['environment', 'ref', 'ref_protected', 'event_name', 'job_workflow_ref'];

function* pullRequests({ subject, claims }: Mapping): Generator<Doubt> {
  if (Object.keys(claims ?? {}).some((name) => REVIEWED.includes(name))) return;
  const [, owner = '', repository = ''] = subject.split(/[:/]/);
  const one = (segment: string) => (isGlob(segment) || segment === '' ? 'x' : segment);
  const repo = `repo:${one(owner)}/${one(repository)}`;
  if (!matchesGlob(subject, `${repo}:pull_request`)) return;
  const only = !matchesGlob(subject, `${repo}:ref:refs/heads/main`) && !matchesGlob(subject, `${repo}:environment:x`);
  yield [
    ['subject'],
    `${only ? 'allows only' : 'also allows'} runs of pull requests, whose code nobody has reviewed; ` +
      `end the subject in ":ref:refs/heads/main" or ":environment:NAME", or add a claim such as environment`,
  ];
}

function* deadClaims({ claims }: Mapping, shared: SharedIssuer): Generator<Doubt> {
  for (const [name, rule] of Object.entries(claims ?? {})) {
    if ([rule].flat().every((one) => typeof one === 'string')) continue;
    yield [
      ['claims', name],
      `never matches, since claims of ${shared.name} are strings; put the value in quotes, as in "${[rule].flat()[0]}"`,
    ];
  }
}
