import { describe, expect, it } from 'vitest';
import { formatFault } from '../../../lib/catalog/file/fault.ts';
import { identifyMapping } from '../../../lib/catalog/file/identity.ts';
import { broadRules } from '../../../lib/catalog/file/warnings.ts';
import type { Mapping } from '../../../lib/mapping/mapping.ts';
import { catalogOf, withMapping } from './reading.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';
const GITLAB = 'https://gitlab.com';
const GOOGLE = 'https://accounts.google.com';
const CLUSTER = 'https://oidc.cluster.example.com';

function warned(issuer: string, subject: string, more: Partial<Mapping> = {}): string[] {
  const mapping = identifyMapping({ secret: 'a', issuer, subject, effect: 'allow', mode: 'enforce', ...more });
  const warnings = broadRules({ issuers: [], stores: [], secrets: [], mappings: [mapping] });
  return warnings.map(({ path, message }) => `${path}: ${message}`);
}

const EVERYBODY =
  'mappings[0].subject: allows every workload of the issuer; name a part of the subject, or add a claim that narrows it';
const MANY = 'mappings[0].secret: allows many secrets to any subject; name the secret, or a part of the subject';
const strangers = (name: string, claim: string, example: string) =>
  `mappings[0].subject: allows accounts of strangers: ${name} signs tokens for everybody; add a claim such as ${claim}, or name the owner, as in "${example}"`;
const GITHUB_STRANGERS = strangers('GitHub Actions', 'repository_owner_id', 'repo:acme/*:ref:refs/heads/main');
const END = 'end the subject in ":ref:refs/heads/main" or ":environment:NAME", or add a claim such as environment';
const PULLS = `mappings[0].subject: allows runs of pull requests, whose code nobody has reviewed, with the rest; ${END}`;
const ONLY_PULLS = `mappings[0].subject: allows only runs of pull requests, whose code nobody has reviewed; ${END}`;

describe('rules that are pointed out', () => {
  it.each<[string, string, Partial<Mapping>, string[]]>([
    [CLUSTER, '**', {}, [EVERYBODY]],
    [CLUSTER, '*', {}, [EVERYBODY]],
    [CLUSTER, '*:*/**', {}, [EVERYBODY]],
    [CLUSTER, 'system:serviceaccount:*:*', {}, [EVERYBODY]],
    [CLUSTER, 'system:serviceaccount:**', { secret: 'a/*' }, [EVERYBODY]],
    [CLUSTER, '**', { mode: 'shadow' }, [EVERYBODY]],
    [CLUSTER, '**', { secret: 'a/*', claims: { team: 'x' } }, [MANY]],
    [GITHUB, '**', {}, [EVERYBODY, GITHUB_STRANGERS]],
    [GITHUB, 'repo:*/*:ref:refs/heads/main', {}, [GITHUB_STRANGERS]],
    [GITHUB, 'repo:acme*/api:ref:refs/heads/main', {}, [GITHUB_STRANGERS]],
    [GITHUB, 'repo:**:environment:production', { claims: { environment: 'production' } }, [GITHUB_STRANGERS]],
    [GITHUB, 'repo:*/api:environment:x', { claims: { repository_owner: '*' } }, [GITHUB_STRANGERS]],
    [GITHUB, 'repo:*/api:environment:x', { claims: { repository: ['acme/api', '*/api'] } }, [GITHUB_STRANGERS]],
    [GITHUB, 'repo:acme/**', {}, [PULLS]],
    [GITHUB, 'repo:acme/api:**', {}, [PULLS]],
    [GITHUB, 'repo:acme/api:*', {}, [ONLY_PULLS]],
    [GITHUB, 'repo:acme/api:pull_request', {}, [ONLY_PULLS]],
    [
      GITLAB,
      'project_path:*/*:ref_type:branch:ref:main',
      {},
      [strangers('GitLab.com', 'namespace_id', 'project_path:acme/*:ref_type:branch:ref:main')],
    ],
    [
      GOOGLE,
      '1*',
      { claims: { email_verified: true } },
      [strangers('Google', 'hd', 'the whole number of one account')],
    ],
    [
      'https://agent.buildkite.com',
      'organization:**',
      { claims: { x: 1 } },
      [strangers('Buildkite', 'organization_id', 'organization:acme:pipeline:**')],
    ],
  ])('%s %s %j', (issuer, subject, more, expected) => {
    expect(warned(issuer, subject, more)).toEqual(expected);
  });

  it.each<[string, Partial<Mapping>]>([
    ['repository_owner_id', { effect: 'allow' }],
    ['repository_owner_id', { effect: 'deny' }],
  ])('a claim %s that can never match %j', (name, more) => {
    const subject = 'repo:acme/api:ref:refs/heads/main';
    expect(warned(GITHUB, subject, { ...more, claims: { [name]: 65 } })).toEqual([
      'mappings[0].claims.repository_owner_id: never matches: claims of GitHub Actions are texts; write the value in quotes, as in "65"',
    ]);
  });

  it('with the line and column of the rule', () => {
    const [warning] = broadRules(catalogOf(withMapping('issuer: https://i.example', 'subject: "**"')));
    expect(formatFault(warning!, 'catalog.yaml')).toBe(
      'catalog.yaml:5:5 mappings[0].subject: allows every workload of the issuer; name a part of the subject, or add a claim that narrows it',
    );
  });
});

describe('rules that are left alone', () => {
  it.each<[string, string, Partial<Mapping>]>([
    [CLUSTER, 'system:serviceaccount:payments:*', { secret: 'payments/*' }],
    [CLUSTER, 'system:serviceaccount:*:api', {}],
    [CLUSTER, '**', { claims: { team: 'x' } }],
    [CLUSTER, 's', { secret: 'a/*' }],
    [CLUSTER, '**', { effect: 'deny', secret: 'a/*' }],
    [GITHUB, '**', { effect: 'deny' }],
    [GITHUB, 'repo:acme/api:pull_request', { effect: 'deny' }],
    [GITHUB, 'repo:acme/api:ref:refs/heads/main', {}],
    [GITHUB, 'repo:acme/api:ref:refs/heads/**', {}],
    [GITHUB, 'repo:acme/*:environment:production', {}],
    [GITHUB, 'repo:*/api:environment:x', { claims: { repository_owner_id: '65' } }],
    [GITHUB, 'repo:*/api:environment:x', { claims: { repository: ['acme/api', 'acme/web*'] } }],
    [GITHUB, 'repo:acme/api:**', { claims: { environment: 'production' } }],
    [GITHUB, 'repo:acme/api:pull_request', { claims: { event_name: 'pull_request' } }],
    [GOOGLE, '1234567890', {}],
    [GOOGLE, '**', { claims: { hd: 'acme.example' } }],
    [`${GITHUB}/acme`, 'repo:*/api:environment:x', {}],
  ])('%s %s %j', (issuer, subject, more) => {
    expect(warned(issuer, subject, more)).toEqual([]);
  });
});
