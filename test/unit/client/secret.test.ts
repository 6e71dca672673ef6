import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../lib/client/secret.ts';
import { SecretValue } from '../../../lib/wire/secret-value.ts';

const CANARY = 'canary-7f3a';
const FACTS = { secret: 'payments/stripe', version: 4, field: undefined, refreshAfter: undefined };
const secret = new Secret(FACTS, new SecretValue(CANARY));
const binary = new Secret({ ...FACTS, field: 'pem' }, new SecretValue(Buffer.from(CANARY)));

describe('a secret does not show itself', () => {
  const shown: [string, (s: Secret) => string][] = [
    ['String()', String],
    ['a template', (s) => `${s}`],
    ['JSON', (s) => JSON.stringify({ s })],
    ['inspect', (s) => inspect({ s }, { depth: 9, showHidden: true })],
    ['spread', (s) => inspect({ ...s }, { depth: 9 })],
    ['entries', (s) => JSON.stringify(Object.entries(s))],
    ['a clone', (s) => inspect(structuredClone({ ...s }), { depth: 9 })],
    ['an error that holds it', (s) => inspect(new Error('x', { cause: s }), { depth: 9 })],
  ];
  it.each(shown)('%s', (_name, show) => {
    for (const one of [secret, binary]) {
      expect(show(one)).not.toContain(CANARY);
      expect(show(one)).not.toContain(Buffer.from(CANARY).toString('base64'));
      expect(show(one)).not.toContain('99, 97, 110');
    }
  });

  it('says what it is', () => {
    expect(inspect(secret)).toBe("Secret { secret: 'payments/stripe', version: 4, value: [redacted] }");
    expect(inspect(binary)).toContain("field: 'pem'");
    expect(JSON.stringify(secret)).toBe('{"secret":"payments/stripe","version":4,"value":"[redacted]"}');
    expect(String(secret)).toBe('[redacted]');
  });
});

describe('reveal', () => {
  it('returns text as text and as UTF-8', () => {
    expect(secret.reveal()).toBe(CANARY);
    expect(Buffer.from(secret.revealBytes()).toString()).toBe(CANARY);
  });

  it('returns bytes as bytes only', () => {
    expect(Buffer.from(binary.revealBytes()).toString()).toBe(CANARY);
    expect(() => binary.reveal()).toThrow('This secret is binary. Use revealBytes().');
  });

  it('returns a copy of bytes, so that wiping one does not wipe the other', () => {
    binary.revealBytes().fill(0);
    expect(Buffer.from(binary.revealBytes()).toString()).toBe(CANARY);
  });

  it('parses JSON strictly, and its error does not quote the value', () => {
    expect(new Secret(FACTS, new SecretValue('{"a":1}')).json()).toEqual({ a: 1 });
    const broken = () => secret.json();
    expect(broken).toThrow('This secret is not strict JSON. Use reveal().');
    expect(broken).not.toThrow(CANARY);
  });
});
