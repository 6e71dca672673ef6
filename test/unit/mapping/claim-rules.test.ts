import { describe, expect, it } from 'vitest';
import { claimName } from '../../../lib/entries/issuer.ts';
import { claimHolds } from '../../../lib/mapping/claim-rules.ts';
import { type JsonObject, parseStrictJson } from '../../../lib/wire/strict-json.ts';

const token = JSON.parse(`{
  "environment": "production",
  "roles": ["reader", "team:api"],
  "mixed": [1, true, null, ["deep"], {"a": 1}],
  "id": 65,
  "verified": false,
  "nothing": null,
  "empty": "",
  "object": {"a": 1},
  "https://example.com/tier": "gold",
  "kubernetes.io": {"namespace": "payments", "pods": [{"name": "p0"}, {"name": "p1"}], "a/b": "slash", "c~d": "tilde", "": "blank"},
  "__proto__": {"polluted": "yes"},
  "star": "*"
}`) as JsonObject;

describe('claims', () => {
  it.each([
    ['environment', 'production'],
    ['environment', 'prod*'],
    ['environment', ['staging', 'production']],
    ['roles', 'reader'],
    ['roles', ['x', 'team:*']],
    ['mixed', 1],
    ['mixed', true],
    ['id', 65],
    ['id', [1, 65]],
    ['verified', false],
    ['empty', ''],
    ['empty', '*'],
    ['star', '*'],
    ['https://example.com/tier', 'gold'],
    ['/kubernetes.io/namespace', 'payments'],
    ['/kubernetes.io/pods/1/name', 'p1'],
    ['/kubernetes.io/a~1b', 'slash'],
    ['/kubernetes.io/c~0d', 'tilde'],
    ['/kubernetes.io/', 'blank'],
    ['/environment', 'production'],
    ['/roles/0', 'reader'],
    ['/__proto__/polluted', 'yes'],
  ])('%s is as wanted: %j', (name, wanted) => {
    expect(claimHolds(token, name, wanted)).toBe(true);
  });

  it.each([
    ['environment', 'Production'],
    ['environment', 'prod'],
    ['environment', []],
    ['absent', '**'],
    ['id', '65'],
    ['id', '*'],
    ['verified', 'false'],
    ['verified', 0],
    ['nothing', '**'],
    ['nothing', 'null'],
    ['object', '**'],
    ['object', '[object Object]'],
    ['mixed', 'deep'],
    ['mixed', '1'],
    ['roles', 'reader,team:api'],
    ['roles', 'team*'],
    ['star', 'x'],
    ['kubernetes.io/namespace', 'payments'],
    ['kubernetes.io.namespace', 'payments'],
    ['/kubernetes.io/pods/01/name', 'p1'],
    ['/kubernetes.io/pods/-/name', 'p1'],
    ['/kubernetes.io/pods/2/name', '**'],
    ['/kubernetes.io/pods/length', 2],
    ['/roles/length', 2],
    ['/environment/length', 10],
    ['/environment/0', 'p'],
    ['/kubernetes.io/c~2d', '**'],
    ['/', '**'],
    ['constructor', '**'],
    ['toString', '**'],
    ['/constructor/name', 'Object'],
    ['/object/__proto__/polluted', 'yes'],
    ['/roles/constructor/name', 'Array'],
    ['polluted', 'yes'],
  ])('%s is not as wanted: %j', (name, wanted) => {
    expect(claimHolds(token, name, wanted)).toBe(false);
  });

  it('finds nothing that a hostile token brought in by its prototype', () => {
    const refused = () => parseStrictJson('{"__proto__": {"environment": "production"}}', { code: 'invalid_token' });
    expect(refused).toThrow('The JSON contains a member named __proto__, which is not allowed.');
    const hostile = Object.create({ environment: 'production' }) as JsonObject;
    expect(claimHolds(hostile, 'environment', 'production')).toBe(false);
  });

  it.each([
    ['a', true],
    ['a~b', true],
    ['/a~0b~1c', true],
    ['/', true],
    ['', false],
    ['/a~', false],
    ['/a~2', false],
  ])('%j names a claim: %s', (name, expected) => {
    expect(claimName.read(name, () => {}) !== undefined).toBe(expected);
  });
});
