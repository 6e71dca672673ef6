import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { SecretValue } from '../../wire/secret-value.ts';

const NONCE = 12;
const TAG = 16;

/** Where a sealed value stands: it opens nowhere else. */
export interface Place {
  readonly ref: string;
  readonly versionId: string;
}

/**
 * Seals a value at rest: AES-256-GCM (NIST SP 800-38D) under a 32-byte key with a random 96-bit nonce, bound to its place and
 * to whether it is text, so that rows cannot be exchanged. The form is nonce ‖ ciphertext ‖ tag.
 */
export function sealAtRest(key: Uint8Array, place: Place, value: SecretValue): Uint8Array {
  const clear = value.reveal();
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(boundTo(place, typeof clear === 'string'));
  return Buffer.concat([nonce, cipher.update(clear), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Opens what {@link sealAtRest} made.
 * @throws Error where key, place or kind differ, or a bit was changed; it says nothing of the content
 */
export function openAtRest(key: Uint8Array, place: Place, isText: boolean, sealed: Uint8Array): SecretValue {
  if (sealed.byteLength < NONCE + TAG) throw new Error('The sealed value is too short.');
  const end = sealed.byteLength - TAG;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(boundTo(place, isText));
  decipher.setAuthTag(sealed.subarray(end));
  const clear = Buffer.concat([decipher.update(sealed.subarray(NONCE, end)), decipher.final()]);
  return new SecretValue(isText ? clear.toString() : new Uint8Array(clear));
}

function boundTo({ ref, versionId }: Place, isText: boolean): Buffer {
  return Buffer.from(JSON.stringify([ref, versionId, isText]));
}
