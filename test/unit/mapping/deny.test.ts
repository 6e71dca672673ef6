import { NOW, rule, table } from './rules.ts';

const all = rule('all', 'allow', 'a');
const NOTHING: [] = [];

table('a deny wins', [all, rule('no', 'deny', 'a', { subject: '**' })], ({ deny }) => {
  deny('a', {}, 'no');
  deny('a', { field: 'x' }, 'no');
  deny('a', { version: ['previous'] }, 'no');
});

table('a deny on a pattern', [rule('x', 'allow', 'a/b'), rule('no', 'deny', 'a/*')], ({ deny }) => {
  deny('a/b', {}, 'no');
});

table(
  'a deny for others',
  [
    all,
    rule('subject', 'deny', 'a', { subject: 'repo:acme/web:**' }),
    rule('issuer', 'deny', 'a', { issuer: 'https://other.example' }),
    rule('secret', 'deny', 'b'),
  ],
  ({ allow }) => {
    allow('a', {}, 'all');
  },
);

table(
  'a deny on a field also denies the whole secret',
  [all, rule('no', 'deny', 'a', { fields: ['x'] })],
  ({ allow, deny }) => {
    deny('a', { field: 'x' }, 'no');
    deny('a', {}, 'no');
    allow('a', { field: 'y' }, 'all');
  },
);

table(
  'a deny on a version applies unless the version is known to be another',
  [all, rule('no', 'deny', 'a', { versions: [3] })],
  ({ allow, deny }) => {
    deny('a', { version: [3, 'id-3'] }, 'no');
    deny('a', { version: ['current', 3] }, 'no');
    deny('a', { version: ['current'], incomplete: true }, 'no');
    allow('a', { version: ['current', 4] }, 'all');
  },
);

table(
  'a deny on field and version applies if both overlap',
  [all, rule('no', 'deny', 'a', { fields: ['x'], versions: ['previous'] })],
  ({ allow, deny }) => {
    deny('a', { field: 'x', version: ['previous'] }, 'no');
    deny('a', { version: ['previous'] }, 'no');
    deny('a', { field: 'x', version: [3], incomplete: true }, 'no');
    allow('a', { field: 'y', version: ['previous'] }, 'all');
    allow('a', { field: 'x', version: ['current', 4] }, 'all');
  },
);

table(
  'a deny counts from not_before until expires_at',
  [all, rule('no', 'deny', 'a', { notBefore: NOW, expiresAt: NOW + 60 })],
  ({ allow, deny }) => {
    allow('a', { now: NOW - 1 }, 'all');
    deny('a', { now: NOW }, 'no');
    deny('a', { now: NOW + 59 }, 'no');
    allow('a', { now: NOW + 60 }, 'all');
  },
);

table(
  'a deny with claims applies to callers with these claims',
  [all, rule('no', 'deny', 'a', { claims: { event_name: 'pull_request*' } })],
  ({ allow, deny }) => {
    deny('a', { claims: { event_name: 'pull_request_target' } }, 'no');
    allow('a', { claims: { event_name: 'push' } }, 'all');
    allow('a', {}, 'all');
  },
);

table('a require does not weaken a deny', [all, rule('no', 'deny', 'a', { require: ['sealed'] })], ({ deny }) => {
  deny('a', {}, 'no');
  deny('a', { bindings: ['sealed'] }, 'no');
});

table(
  'of several that deny, the lowest id is named, and nothing else is reported',
  [rule('d2', 'deny', 'a'), rule('d1', 'deny', 'a'), rule('m0', 'allow', 'a', { fields: ['x'] })],
  ({ deny }) => {
    deny('a', {}, 'd1');
  },
);

table(
  'shadow rules change nothing; those that would have changed the outcome are reported',
  [
    all,
    rule('sd2', 'deny', 'a', { mode: 'shadow' }),
    rule('sd1', 'deny', 'a', { mode: 'shadow' }),
    rule('late', 'deny', 'a', { mode: 'shadow', expiresAt: NOW }),
    rule('sa', 'allow', 'a', { mode: 'shadow' }),
    rule('sb', 'allow', 'b', { mode: 'shadow' }),
    rule('sbx', 'allow', 'b', { mode: 'shadow', fields: ['x'] }),
    rule('sbd', 'deny', 'b', { mode: 'shadow' }),
    rule('c', 'deny', 'c'),
    rule('sc', 'allow', 'c', { mode: 'shadow' }),
  ],
  ({ allow, deny }) => {
    allow('a', {}, 'all', ['sd1', 'sd2']);
    deny('b', {}, NOTHING, ['sb']);
    deny('b', { field: 'x' }, NOTHING, ['sb', 'sbx']);
    deny('c', {}, 'c');
  },
);
