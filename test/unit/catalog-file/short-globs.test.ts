import { describe, expect, it } from 'vitest';
import { globsOverlap } from '../../../lib/catalog-file/glob-overlap.ts';
import { shortGlobs } from '../../../lib/catalog-file/short-globs.ts';
import type { ClaimRule, Mapping } from '../../../lib/entries/mapping.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';
const GITLAB = 'https://gitlab.com';
const CLUSTER = 'https://oidc.cluster.example.com';

function warned(issuer: string, subject: string, more: Partial<Mapping> = {}): string[] {
  const mapping = { id: 'm', secret: 'a', issuer, subject, effect: 'allow', mode: 'enforce', ...more } as Mapping;
  return Array.from(shortGlobs(mapping), ([member, message]) => `${member.join('.')}: ${message}`);
}

const never = (what: string, name: string, end: string) =>
  `never matches: * stops at the next : or /, and ${what} of ${name} go on, as in "…${end}"; write the parts in between, or ** to match them all`;

describe('globs that stop short', () => {
  it.each([
    [GITHUB, 'repo:acme/api:ref:refs/*', 'GitHub Actions', 'refs/heads/main'],
    [GITHUB, 'repo:acme/api:ref:*', 'GitHub Actions', 'refs/heads/main'],
    [GITHUB, 'repo:acme@65/api@74:ref:refs/*', 'GitHub Actions', 'refs/heads/main'],
    [GITHUB, 'repo:acme/api:ref:refs/t*', 'GitHub Actions', 'refs/tags/v1'],
    [GITHUB, 'repo:acme/api*', 'GitHub Actions', 'refs/heads/main'],
    [GITHUB, 'repo:acme/*', 'GitHub Actions', 'refs/heads/main'],
    [GITHUB, 'repo:*', 'GitHub Actions', 'refs/heads/main'],
    [GITHUB, 'repo:*:ref:refs/heads/main', 'GitHub Actions', 'refs/heads/main'],
    [GITHUB, 'repo:acme/api:e*', 'GitHub Actions', 'environment:production'],
    ['https://ghes.example.com/_services/token', 'repo:acme/*', 'GitHub Actions', 'refs/heads/main'],
    [GITLAB, 'project_path:acme/*', 'GitLab', 'ref_type:branch:ref:main'],
    ['https://gitlab.example.com', 'project_path:acme/api:ref_type:*', 'GitLab', 'ref_type:branch:ref:main'],
    ['https://app.terraform.io', 'organization:acme:*', 'HCP Terraform', 'project:P:workspace:W:run_phase:plan'],
    ['https://agent.buildkite.com', 'organization:acme:*', 'Buildkite', 'pipeline:api:ref:refs/heads/main:commit:…'],
    ['https://oidc.vercel.com/acme', 'owner:acme:*', 'Vercel', 'project:site:environment:production'],
    ['https://oidc.circleci.com/org/1', 'org/1/*', 'CircleCI', 'project/PROJECT-ID/user/USER-ID'],
    [CLUSTER, 'system:serviceaccount:*', 'Kubernetes', 'serviceaccount:NAMESPACE:NAME'],
    [CLUSTER, 'system:*', 'Kubernetes', 'serviceaccount:NAMESPACE:NAME'],
  ])('%s %s', (issuer, subject, name, end) => {
    const expected = [`subject: ${never('subjects', name, end)}`];
    expect(warned(issuer, subject)).toEqual(expected);
    expect(warned(issuer, subject, { effect: 'deny' })).toEqual(expected);
  });

  it.each<[string, ClaimRule, string]>([
    ['ref', 'refs/*', 'refs/heads/main'],
    ['ref', ['refs/heads/*', 'refs/*'], 'refs/heads/main'],
    ['repository', '*', 'acme/api'],
    ['job_workflow_ref', 'acme/api/*', 'refs/heads/main'],
    ['workflow_ref', 'acme/api/.github/workflows/ci.yml@*', 'refs/heads/main'],
    ['sub', 'repo:acme/*', 'refs/heads/main'],
  ])('claim %s: %j', (claim, rule, end) => {
    expect(warned(GITHUB, 'repo:acme/api:**', { claims: { [claim]: rule } })).toEqual([
      `claims.${claim}: ${never('values', 'GitHub Actions', end)}`,
    ]);
  });

  it('in a deny also if it matches only values of another form', () => {
    const few = never('subjects', 'GitHub Actions', 'refs/heads/main').replace('never matches', 'matches few');
    expect(warned(GITHUB, 'repo:acme/api:*', { effect: 'deny' })).toEqual([`subject: ${few}`]);
    expect(warned(GITHUB, 'repo:acme/api:*')).toEqual([]);
  });

  it('in a claim also if it matches only values of another form', () => {
    const claims = { job_workflow_ref: 'acme/api/.github/workflows/ci.yml@*' };
    const few = never('values', 'GitHub Actions', 'refs/heads/main').replace('never matches', 'matches few');
    expect(warned(GITHUB, 'repo:acme/api:**', { claims })).toEqual([`claims.job_workflow_ref: ${few}`]);
  });

  it.each<[string, string, Readonly<Record<string, ClaimRule>>?]>([
    [GITHUB, 'repo:acme/api:ref:refs/heads/*'],
    [GITHUB, 'repo:acme/api:ref:refs/heads/release/*'],
    [GITHUB, 'repo:acme/*:ref:refs/heads/main'],
    [GITHUB, 'repo:acme@65/*:environment:production'],
    [GITHUB, 'repo:acme/api:environment:*'],
    [GITHUB, 'repo:acme/api:**'],
    [GITHUB, 'repo:acme/api:ref:refs/*/**'],
    [GITHUB, 'repo:acme/api:job_workflow_ref:*'],
    [GITHUB, 'repository_owner_id:65:*'],
    [GITHUB, 'repo:acme/api:ref:refs/heads/main', { ref: 'refs/heads/*', actor: '*', run_attempt: 1, x: ['a*'] }],
    [GITHUB, 'repo:acme/**', { repository: 'acme/*', constructor: '*' }],
    [GITLAB, 'project_path:acme/*:ref_type:branch:ref:main'],
    [CLUSTER, 'system:serviceaccount:payments:*'],
    [CLUSTER, 'system:serviceaccount:payments:legacy-**'],
    [CLUSTER, 'press:*'],
    ['https://accounts.google.com', '1*'],
  ])('are not %s %s %j', (issuer, subject, claims) => {
    const more = claims === undefined ? {} : { claims };
    expect(warned(issuer, subject, more)).toEqual([]);
    expect(warned(issuer, subject, { ...more, effect: 'deny' })).toEqual([]);
  });
});

describe('two globs', () => {
  it.each([
    ['', '', true],
    ['a', 'a', true],
    ['a', 'b', false],
    ['a*', '*b', true],
    ['a*', '*/b', false],
    ['a**', '*/b', true],
    ['*', 'a:b', false],
    ['**', 'a:b', true],
    ['a*c', 'ab*', true],
    ['a*c/', 'ab*', false],
    ['x*/y', 'x**z/y', true],
    ['**/a', 'b/**', true],
  ])('%j and %j overlap: %s', (one, other, expected) => {
    expect([globsOverlap(one, other), globsOverlap(other, one)]).toEqual([expected, expected]);
  });
});
