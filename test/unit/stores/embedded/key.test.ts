import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { embeddedKey } from '../../../../lib/stores/embedded/key.ts';
import { toBase64url } from '../../../../lib/wire/bytes.ts';
import { everythingIn } from '../../../kit/everything-in.ts';

const text = toBase64url(new Uint8Array(32).fill(7));
let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'waxseal-key-'));
  file = join(directory, 'store.key');
});
afterEach(() => rmSync(directory, { recursive: true }));

const refused = (message: string) => expect.objectContaining({ code: 'internal_error', message });

describe('the embedded store’s key', () => {
  it('comes from the environment rather than the file, and then creates no file', () => {
    expect(embeddedKey({ environment: text, file })).toEqual(Buffer.alloc(32, 7));
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    ['empty', ''],
    ['short', toBase64url(new Uint8Array(31))],
    ['long', toBase64url(new Uint8Array(33))],
    ['padded', `${text}=`],
    ['followed by a line end', `${text}\n`],
    ['hexadecimal', '07'.repeat(32)],
  ])('is refused from the environment when it is %s', (_, environment) => {
    const act = () => embeddedKey({ environment, file });
    expect(act).toThrow(refused('WAXSEAL_STORE_KEY is not 32 bytes in base64url without padding.'));
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is created once, readable by its owner only, and is kept', () => {
    const made = embeddedKey({ file });
    expect(made.byteLength).toBe(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe(`${toBase64url(made)}\n`);
    expect(embeddedKey({ file })).toEqual(made);
    expect(readdirSync(directory)).toEqual(['store.key']); // no temporary file is left
  });

  it.each([0o640, 0o604, 0o620, 0o602, 0o644, 0o660, 0o777])('is refused from a file with mode %o', (mode) => {
    writeFileSync(file, text);
    chmodSync(file, mode);
    const act = () => embeddedKey({ file });
    expect(act).toThrow(refused('Other users can read or write the store key file. Run chmod 600 on it.'));
  });

  it.each([0o600, 0o400])('is read from a file with mode %o', (mode) => {
    writeFileSync(file, text);
    chmodSync(file, mode);
    expect(embeddedKey({ file })).toEqual(Buffer.alloc(32, 7));
  });

  it('is refused from a file that does not hold a key, which is left unchanged', () => {
    writeFileSync(file, 'canary-no-key', { mode: 0o600 });
    let thrown: unknown;
    try {
      embeddedKey({ file });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toEqual(refused('The store key file does not hold 32 bytes in base64url.'));
    expect(everythingIn(thrown)).not.toContain('canary');
    expect(readFileSync(file, 'utf8')).toBe('canary-no-key');
  });

  it('is refused through a symbolic link, from a folder, and if nothing can be written', () => {
    writeFileSync(join(directory, 'real'), text, { mode: 0o600 });
    symlinkSync(join(directory, 'real'), file);
    expect(() => embeddedKey({ file })).toThrow(refused('The store key file cannot be opened.'));
    rmSync(file);
    mkdirSync(file);
    expect(() => embeddedKey({ file })).toThrow(refused('The store key file is not a regular file.'));
    const nowhere = join(directory, 'missing', 'store.key');
    expect(() => embeddedKey({ file: nowhere })).toThrow(refused('The store key file cannot be created.'));
  });
});
