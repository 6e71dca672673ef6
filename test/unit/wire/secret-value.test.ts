import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SecretValue } from '../../../lib/wire/secret-value.ts';

describe('SecretValue', () => {
  it('does not show itself anywhere', () => {
    const value = new SecretValue('canary');
    const shown = [
      String(value),
      `${value}`,
      JSON.stringify({ value }),
      inspect(value, { depth: 9, showHidden: true, customInspect: false }),
      inspect({ value }),
      format('%s %o %j', value, value, value),
      Object.keys(value).join(),
      JSON.stringify(structuredClone({ ...value })),
    ];
    expect(shown.join()).not.toContain('canary');
    expect(value.reveal()).toBe('canary');
  });

  it('counts bytes', () => {
    expect(new SecretValue('ä').byteLength).toBe(2);
    expect(new SecretValue(new Uint8Array(3)).byteLength).toBe(3);
  });
});
