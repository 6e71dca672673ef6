import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { SecretValue } from '../../wire/secret-value.ts';

const NONCE = 12;
const TAG = 16;

/** What a sealed value belongs to: it opens for nothing else. */
export interface SealedFor {
  readonly ref: string;
  readonly versionId: string;
}

/**
 * Seals a value at rest: AES-256-GCM (NIST SP 800-38D) under a 32-byte key with a random 96-bit nonce, bound to its ref and
 * version and to whether it is a string, so that rows cannot be swapped. The form is nonce ‖ ciphertext ‖ tag.
 */
export function sealAtRest(key: Uint8Array, owner: SealedFor, value: SecretValue): Uint8Array {
  const clear = value.reveal();
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(boundTo(owner, typeof clear === 'string'));
  return Buffer.concat([nonce, cipher.update(clear), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Opens what {@link sealAtRest} made.
 * @throws Error if key, ref, version or type differ, or a bit was changed; it says nothing about the content
 */
export function openAtRest(key: Uint8Array, owner: SealedFor, isText: boolean, sealed: Uint8Array): SecretValue {
  if (sealed.byteLength < NONCE + TAG) throw new Error('The sealed value is too short.');
  const end = sealed.byteLength - TAG;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(boundTo(owner, isText));
  decipher.setAuthTag(sealed.subarray(end));
  const clear = Buffer.concat([decipher.update(sealed.subarray(NONCE, end)), decipher.final()]);
  return new SecretValue(isText ? clear.toString() : new Uint8Array(clear));
}

function boundTo({ ref, versionId }: SealedFor, isText: boolean): Buffer {
  return Buffer.from(JSON.stringify([ref, versionId, isText]));
}
