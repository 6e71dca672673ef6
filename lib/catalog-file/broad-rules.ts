import type { CatalogEntries } from '../entries/catalog-entries.ts';
import type { ClaimRule, Mapping } from '../entries/mapping.ts';
import { isGlob, matchesGlob } from '../mapping/glob.ts';
import { isPattern } from '../mapping/secret-pattern.ts';
import { SHARED_ISSUERS, type SharedIssuer } from './shared-issuers.ts';
import { type Doubt, type Warning, warnEach } from './warning.ts';

/**
 * Points out allow rules that are too broad to be meant (also shadow ones, before they are enforced), and rules of either
 * effect that can never match. A deny is never too broad. They are warnings: the operator may mean what he wrote.
 */
export function broadRules(catalog: CatalogEntries): Warning[] {
  return warnEach(catalog, doubts);
}

function* doubts(mapping: Mapping): Generator<Doubt> {
  const shared = SHARED_ISSUERS.get(mapping.issuer);
  if (shared?.textOnly) yield* deadClaims(mapping, shared);
  if (mapping.effect === 'deny') return;
  if (namesNobody(mapping.subject)) yield* wideSubject(mapping);
  if (shared !== undefined && !namesOwner(mapping, shared)) {
    yield [
      ['subject'],
      `allows accounts of strangers: ${shared.name} signs tokens for everybody; ` +
        `add a claim such as ${shared.ownerClaims[0]}, or name the owner, as in ${JSON.stringify(shared.example)}`,
    ];
  } else if (shared?.name === 'GitHub Actions') yield* pullRequests(mapping);
}

function* wideSubject({ secret, claims }: Mapping): Generator<Doubt> {
  if (claims === undefined) {
    yield [
      ['subject'],
      'allows every workload of the issuer; name a part of the subject, or add a claim that narrows it',
    ];
  } else if (isPattern(secret)) {
    yield [['secret'], 'allows many secrets to any subject; name the secret, or a part of the subject'];
  }
}

/** Words with which whole kinds of subjects start: they narrow nothing. */
const KIND = /^(?:system:serviceaccount|repo|project_path|organization|owner|spiffe:\/)(?=[:/])/;

/** Whether no segment of the subject is literal, but for the words that all subjects of its kind start with. */
function namesNobody(subject: string): boolean {
  if (!isGlob(subject)) return false;
  return subject
    .replace(KIND, '')
    .split(/[:/]/)
    .every((segment) => segment === '' || segment.includes('*'));
}

/** Whether an owner is fixed: by the literal start of the subject, or by a claim. */
function namesOwner({ subject, claims }: Mapping, shared: SharedIssuer): boolean {
  if (!isGlob(subject)) return true;
  const literal = subject.slice(0, subject.indexOf('*'));
  const whole = literal.split(/[:/]/).length - 1;
  if (shared.ownerSegments > 0 && whole >= shared.ownerSegments) return true;
  return Object.entries(claims ?? {}).some(([name, wanted]) => shared.ownerClaims.includes(name) && isFixed(wanted));
}

/** Whether each wanted value is literal at least up to its first `/`: `acme/*` fixes the owner, `ac*` does not. */
function isFixed(wanted: ClaimRule): boolean {
  if (Array.isArray(wanted)) return wanted.every(isFixed);
  return typeof wanted !== 'string' || !isGlob(wanted) || wanted.slice(0, wanted.indexOf('*')).includes('/');
}

/** Claims that keep a run of a pull request apart from one of reviewed code. */
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
    `allows ${only ? 'only ' : ''}runs of pull requests, whose code nobody has reviewed${only ? '' : ', with the rest'}; ` +
      `end the subject in ":ref:refs/heads/main" or ":environment:NAME", or add a claim such as environment`,
  ];
}

function* deadClaims({ claims }: Mapping, shared: SharedIssuer): Generator<Doubt> {
  for (const [name, wanted] of Object.entries(claims ?? {})) {
    if ([wanted].flat().every((one) => typeof one === 'string')) continue;
    yield [
      ['claims', name],
      `never matches: claims of ${shared.name} are texts; write the value in quotes, as in "${[wanted].flat()[0]}"`,
    ];
  }
}
