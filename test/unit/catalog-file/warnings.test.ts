import { describe, expect, it } from 'vitest';
import { formatFault } from '../../../lib/catalog-file/fault.ts';
import { doubtfulRules } from '../../../lib/catalog-file/warnings.ts';
import { identifyMapping } from '../../../lib/entries/ids.ts';
import type { Mapping } from '../../../lib/entries/mapping.ts';
import { catalogOf, withMapping } from './reading.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';
const GITLAB = 'https://gitlab.com';
const GOOGLE = 'https://accounts.google.com';
const CLUSTER = 'https://oidc.cluster.example.com';

function warned(issuer: string, subject: string, more: Partial<Mapping> = {}): string[] {
  const mapping = identifyMapping({ secret: 'a', issuer, subject, effect: 'allow', mode: 'enforce', ...more });
  const warnings = doubtfulRules(
    { issuers: [], stores: [], secrets: [], mappings: [mapping] },
    { now: 0, local: true },
  );
  return warnings.map(({ path, message }) => `${path}: ${message}`);
}

const EVERYBODY =
  'mappings[0].subject: allows every workload of this issuer; write part of the subject without wildcards, or add a claim that narrows it';
const MANY =
  'mappings[0].secret: allows any subject to read many secrets; name one secret, or write part of the subject without wildcards';
const strangers = (name: string, claim: string, owner: string) =>
  `mappings[0].subject: allows strangers, since ${name} signs tokens for everybody; add a claim such as ${claim}, or ${owner}`;
const GITHUB_STRANGERS = strangers(
  'GitHub Actions',
  'repository_owner_id',
  'name the owner, as in "repo:acme/*:ref:refs/heads/main"',
);
const END = 'end the subject in ":ref:refs/heads/main" or ":environment:NAME", or add a claim such as environment';
const PULLS = `mappings[0].subject: also allows runs of pull requests, whose code nobody has reviewed; ${END}`;
const ONLY_PULLS = `mappings[0].subject: allows only runs of pull requests, whose code nobody has reviewed; ${END}`;

describe('rules that are too broad, or can never match, are pointed out', () => {
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
      [strangers('GitLab.com', 'namespace_id', 'name the owner, as in "project_path:acme/*:ref_type:branch:ref:main"')],
    ],
    [
      GOOGLE,
      '1*',
      { claims: { email_verified: true } },
      [strangers('Google', 'hd', 'write the whole subject of one account')],
    ],
    [
      'https://agent.buildkite.com',
      'organization:**',
      { claims: { x: 1 } },
      [strangers('Buildkite', 'organization_id', 'name the owner, as in "organization:acme:pipeline:**"')],
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
      'mappings[0].claims.repository_owner_id: never matches, since claims of GitHub Actions are strings; put the value in quotes, as in "65"',
    ]);
  });

  it('and the warning has the line and column of the rule', () => {
    const catalog = catalogOf(withMapping('issuer: https://i.example', 'subject: "**"'));
    const [warning] = doubtfulRules(catalog, { now: 0, local: true });
    expect(formatFault(warning!, 'catalog.yaml')).toBe(
      'catalog.yaml:5:5 mappings[0].subject: allows every workload of this issuer; write part of the subject without wildcards, or add a claim that narrows it',
    );
  });
});

describe('other rules are left alone', () => {
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

/** Warnings about a file with one rule, read at one second before 2027. */
function doubts(head: string, rule: string, local = false): string[] {
  const issuers = 'issuers: [{ issuer: https://i.example, audience: b }]';
  const text = `${issuers}\n${head}\nmappings: [{ issuer: https://i.example, subject: s, ${rule} }]`;
  const warnings = doubtfulRules(catalogOf(text), { now: Date.UTC(2027, 0, 1) / 1000 - 1, local });
  return warnings.map((warning) => formatFault(warning, 'catalog.yaml'));
}

const AWS = 'stores: [{ name: aws, kind: secrets-manager, default: true }]\nsecrets: [{ secret: team/api, ref: r }]';
const DIRECT = 'stores: [{ name: aws, kind: secrets-manager, direct: prod/ }]';
const EMBEDDED = 'stores: [{ name: local, kind: embedded }]';

describe('rules that have ended are pointed out', () => {
  it.each([
    ['deny', '2026-12-31T23:59:58Z', 'no longer denies anything'],
    ['deny', '2026-12-31T23:59:59Z', 'no longer denies anything'],
    ['allow', '2020-01-01T00:00:00Z', 'no longer allows anything'],
  ])('%s until %s', (effect, until, consequence) => {
    expect(doubts(AWS, `secret: team/api, effect: ${effect}, expires_at: ${until}`)).toEqual([
      `catalog.yaml:4:12 mappings[0].expires_at: ${consequence}, since this time has passed; set a later time, or remove the rule`,
    ]);
  });

  it.each(['deny', 'allow'])('but %s that still counts is not', (effect) => {
    expect(doubts(AWS, `secret: team/api, effect: ${effect}, expires_at: 2027-01-01T00:00:00Z`)).toEqual([]);
  });
});

describe('rules whose secret no broker can find are pointed out', () => {
  const nowhere = (name: string, hint = '') =>
    `mappings[0].secret: no broker can find "${name}": it is not listed under secrets, and no store has a direct prefix${hint}`;

  it.each([
    [AWS, 'team/apj', '4:12', ' (did you mean "team/api"?)'],
    [AWS, 'other/password', '4:12', ''],
    ['stores: []', 'team/api', '3:12', ''],
  ])('%s, secret: %s', (head, secret, place, hint) => {
    for (const effect of ['allow', 'deny']) {
      const warnings = doubts(head, `secret: ${secret}, effect: ${effect}`);
      expect(warnings).toEqual([`catalog.yaml:${place} ${nowhere(secret, hint)}`]);
    }
  });

  it.each([
    [AWS, 'team/api', false],
    [AWS, 'team/*', false],
    [AWS, 'other/*', false],
    [DIRECT, 'team/apj', false],
    [EMBEDDED, 'team/apj', false],
    [AWS, 'team/apj', true],
  ])('but not %s, secret: %s (local: %s)', (head, secret, local) => {
    expect(doubts(head, `secret: ${secret}`, local)).toEqual([]);
  });
});

it('warnings of all kinds come in the order of the file', () => {
  const rules = [
    `mappings:`,
    `  - { issuer: ${CLUSTER}, secret: b, subject: s }`,
    `  - { issuer: ${CLUSTER}, secret: a, subject: "**" }`,
    `  - { issuer: ${CLUSTER}, secret: a, subject: t, effect: deny, expires_at: 2020-01-01T00:00:00Z }`,
  ];
  const head = `issuers: [{ issuer: ${CLUSTER}, audience: b }]\n${AWS.replace('team/api', 'a')}`;
  const warnings = doubtfulRules(catalogOf([head, ...rules].join('\n')), { now: Date.UTC(2027, 0, 1) / 1000 });
  expect(warnings.map(({ line, path }) => `${line} ${path}`)).toEqual([
    '5 mappings[0].secret',
    '6 mappings[1].subject',
    '7 mappings[2].expires_at',
  ]);
});
