import { GITHUB, NOW, rule, table } from './rules.ts';

const NOTHING: [] = [];

table('without rules nothing is allowed', [], ({ deny }) => {
  deny('payments/stripe', {}, NOTHING);
});

table('an exact rule', [rule('main', 'allow', 'payments/stripe')], ({ allow, deny }) => {
  allow('payments/stripe', {}, 'main');
  allow('payments/stripe', { field: 'api_key' }, 'main');
  allow('payments/stripe', { version: ['previous', 3] }, 'main');
  deny('payments/stripe2', {}, NOTHING);
  deny('payments', {}, NOTHING);
  deny('Payments/stripe', {}, NOTHING);
  deny('payments/stripe', { subject: 'repo:acme/api:ref:refs/heads/main2' }, NOTHING);
  deny('payments/stripe', { subject: 'repo:acme/api:ref:refs/heads/Main' }, NOTHING);
  deny('payments/stripe', { subject: 'repo:acme/api:ref:refs/heads/*' }, NOTHING);
});

table('issuers are compared to the letter', [rule('main', 'allow', 'payments/stripe')], ({ deny }) => {
  deny('payments/stripe', { issuer: `${GITHUB}/` }, NOTHING);
  deny('payments/stripe', { issuer: GITHUB.toUpperCase() }, NOTHING);
  deny('payments/stripe', { issuer: 'https://token.actions.githubusercontent.com.evil.example' }, NOTHING);
  deny('payments/stripe', { issuer: '' }, NOTHING);
});

table(
  'a glob in the subject',
  [
    rule('branches', 'allow', 'a', { subject: 'repo:acme/api:ref:refs/heads/*' }),
    rule('tags', 'allow', 'b', { subject: 'repo:acme/**:ref:refs/tags/v*' }),
  ],
  ({ allow, deny }) => {
    allow('a', { subject: 'repo:acme/api:ref:refs/heads/main' }, 'branches');
    deny('a', { subject: 'repo:acme/api:ref:refs/heads/fix/1' }, NOTHING);
    deny('a', { subject: 'repo:acme/api:ref:refs/heads/main:environment:production' }, NOTHING);
    deny('a', { subject: 'repo:evil/api:ref:refs/heads/main' }, NOTHING);
    allow('b', { subject: 'repo:acme/api:ref:refs/tags/v1' }, 'tags');
    deny('b', { subject: 'repo:acme2/api:ref:refs/tags/v1' }, NOTHING);
    deny('b', { subject: 'repo:acme/api:ref:refs/tags/v1/x' }, NOTHING);
  },
);

table('a pattern', [rule('below', 'allow', 'payments/*')], ({ allow, deny }) => {
  allow('payments/stripe', {}, 'below');
  allow('payments/eu/stripe', {}, 'below');
  deny('payments', {}, NOTHING);
  deny('payments2/stripe', {}, NOTHING);
  deny('other/payments/stripe', {}, NOTHING);
});

table(
  'claims, all of which must hold',
  [rule('prod', 'allow', 'a', { claims: { environment: 'production', repository_owner_id: '65' } })],
  ({ allow, deny }) => {
    allow('a', { claims: { environment: 'production', repository_owner_id: '65', other: 1 } }, 'prod');
    deny('a', { claims: { environment: 'production' } }, [{ kind: 'claim', claim: 'repository_owner_id' }]);
    deny('a', { claims: { environment: 'staging', repository_owner_id: 65 } }, [
      { kind: 'claim', claim: 'environment' },
      { kind: 'claim', claim: 'repository_owner_id' },
    ]);
  },
);

table('fields', [rule('key', 'allow', 'a', { fields: ['api_key', 'id'] })], ({ allow, deny }) => {
  allow('a', { field: 'api_key' }, 'key');
  allow('a', { field: 'id' }, 'key');
  deny('a', { field: 'API_KEY' }, [{ kind: 'field' }]);
  deny('a', { field: '' }, [{ kind: 'field' }]);
  deny('a', {}, [{ kind: 'field' }]);
});

table('versions', [rule('new', 'allow', 'a', { versions: ['current', 2] })], ({ allow, deny }) => {
  allow('a', { version: ['current', 4, 'id-4'] }, 'new');
  allow('a', { version: [2, 'id-2'] }, 'new');
  allow('a', { version: ['current'], incomplete: true }, 'new');
  deny('a', { version: ['previous', 3] }, [{ kind: 'version' }]);
  deny('a', { version: ['2'] }, [{ kind: 'version' }]);
  deny('a', { version: ['id-4'], incomplete: true }, [{ kind: 'version' }]);
});

table(
  'time: not_before is the first second, expires_at the first too late',
  [rule('brief', 'allow', 'a', { notBefore: NOW, expiresAt: NOW + 60 })],
  ({ allow, deny }) => {
    deny('a', { now: NOW - 1 }, [{ kind: 'time' }]);
    allow('a', { now: NOW }, 'brief');
    allow('a', { now: NOW + 59 }, 'brief');
    deny('a', { now: NOW + 60 }, [{ kind: 'time' }]);
  },
);

table('bindings', [rule('bound', 'allow', 'a', { require: ['sealed', 'cnf'] })], ({ allow, deny }) => {
  allow('a', { bindings: ['sealed', 'cnf'] }, 'bound');
  allow('a', { bindings: ['proof', 'cnf', 'sealed'] }, 'bound');
  deny('a', { bindings: ['sealed'] }, [{ kind: 'binding', binding: 'cnf' }]);
  deny('a', {}, [
    { kind: 'binding', binding: 'cnf' },
    { kind: 'binding', binding: 'sealed' },
  ]);
});

table(
  'any allow is enough, and what each lacks is reported once',
  [
    rule('m2', 'allow', 'a', { fields: ['x'], require: ['cnf'] }),
    rule('m1', 'allow', 'a', { fields: ['y'], require: ['cnf'] }),
    rule('m3', 'allow', 'a', { fields: ['x'] }),
    rule('foreign', 'allow', 'a', { subject: 'repo:acme/web:*', claims: { hidden: 1 } }),
    rule('shadow', 'allow', 'a', { fields: ['z'], mode: 'shadow', claims: { hidden: 1 } }),
  ],
  ({ allow, deny }) => {
    allow('a', { field: 'x', bindings: ['cnf'] }, 'm2');
    allow('a', { field: 'x' }, 'm3');
    deny('a', { field: 'z' }, [{ kind: 'binding', binding: 'cnf' }, { kind: 'field' }]);
  },
);

table(
  'of several that allow, the lowest id is named',
  [rule('m2', 'allow', 'a'), rule('m1', 'allow', 'a'), rule('m3', 'allow', 'a')],
  ({ allow }) => {
    allow('a', {}, 'm1');
  },
);
