import { describe, expect, it } from 'vitest';
import { openAtRest, sealAtRest } from '../../../../lib/stores/embedded/sealing.ts';
import { SecretValue } from '../../../../lib/wire/secret-value.ts';

const key = new Uint8Array(32).fill(1);
const place = { ref: 'a', versionId: 'b' };
const sealed = sealAtRest(key, place, new SecretValue('canary'));

describe('sealing at rest', () => {
  it('opens for its ref and version', () => {
    expect(openAtRest(key, place, true, sealed).reveal()).toBe('canary');
    const empty = sealAtRest(key, place, new SecretValue(new Uint8Array()));
    expect(openAtRest(key, place, false, empty).reveal()).toEqual(new Uint8Array());
  });

  it('does not open if any bit has changed', () => {
    for (let bit = 0; bit < sealed.byteLength * 8; bit++) {
      const changed = Uint8Array.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => openAtRest(key, place, true, changed), `bit ${bit}`).toThrow();
    }
  });

  it('does not open at any other length', () => {
    for (let length = 0; length < sealed.byteLength; length++)
      expect(() => openAtRest(key, place, true, sealed.subarray(0, length)), `length ${length}`).toThrow();
    expect(() => openAtRest(key, place, true, Buffer.concat([sealed, Buffer.of(0)]))).toThrow();
  });

  it.each([
    ['another ref', key, { ref: 'x', versionId: 'b' }, true],
    ['another version', key, { ref: 'a', versionId: 'x' }, true],
    ['parts that are cut elsewhere', key, { ref: 'a","b', versionId: '' }, true],
    ['another type', key, place, false],
    ['another key', new Uint8Array(32).fill(2), place, true],
  ] as const)('does not open for %s', (_, otherKey, otherPlace, isText) => {
    expect(() => openAtRest(otherKey, otherPlace, isText, sealed)).toThrow();
  });
});
