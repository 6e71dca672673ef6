import { inspect } from 'node:util';
import { compact } from '../wire/compact.ts';
import { WaxsealError } from '../wire/errors.ts';
import type { SecretValue } from '../wire/secret-value.ts';
import { type Json, parseStrictJson } from '../wire/strict-json.ts';

/** What is known about a secret, without its value. */
export interface SecretFacts {
  /** Its name, as it was asked for. */
  readonly secret: string;
  /** Revision number, or a store's own version id. */
  readonly version: string | number;
  /** The field that was asked for; undefined if the whole was. */
  readonly field: string | undefined;
  /** When it makes sense to ask again. */
  readonly refreshAfter: Date | undefined;
}

/** The answer to a get whose `knownVersion` is still the version. */
export interface Unchanged extends SecretFacts {
  readonly unchanged: true;
}

/**
 * A secret that does not show itself: string conversion, JSON and inspection show `[redacted]`. Only {@link Secret.reveal},
 * {@link Secret.revealBytes} and {@link Secret.json} return the value, so every place that handles plaintext is easy to find.
 * @example
 * const secret = await client.get('payments/stripe');
 * console.log(secret);          // Secret { secret: 'payments/stripe', version: 4, value: [redacted] }
 * const key = secret.reveal();
 */
export class Secret implements SecretFacts {
  readonly secret: string;
  readonly version: string | number;
  readonly field: string | undefined;
  readonly refreshAfter: Date | undefined;
  readonly unchanged = false;
  readonly #value: SecretValue;

  constructor(facts: SecretFacts, value: SecretValue) {
    this.secret = facts.secret;
    this.version = facts.version;
    this.field = facts.field;
    this.refreshAfter = facts.refreshAfter;
    this.#value = value;
  }

  /** Whether the value is text or bytes. */
  get kind(): 'string' | 'binary' {
    return typeof this.#value.reveal() === 'string' ? 'string' : 'binary';
  }

  /**
   * The value in clear, if it is text.
   * @throws WaxsealError `invalid_request` if it is binary: bytes are never turned into text by guessing
   */
  reveal(): string {
    const value = this.#value.reveal();
    if (typeof value === 'string') return value;
    throw new WaxsealError('invalid_request', 'This secret is binary. Use revealBytes().');
  }

  /** The value in clear as bytes; text as UTF-8. */
  revealBytes(): Uint8Array {
    const value = this.#value.reveal();
    return typeof value === 'string' ? new TextEncoder().encode(value) : Uint8Array.from(value);
  }

  /**
   * The value in clear, parsed as strict JSON. Its parts no longer redact themselves.
   * @throws WaxsealError `invalid_request` if it is binary or not strict JSON; the message never quotes the value
   */
  json(): Json {
    const text = this.reveal();
    try {
      return parseStrictJson(text);
    } catch (cause) {
      throw new WaxsealError('invalid_request', 'This secret is not strict JSON. Use reveal().', { cause });
    }
  }

  toString(): string {
    return this.#value.toString();
  }

  toJSON(): { secret: string; version: string | number; field?: string; value: string } {
    const { secret, version, field } = this;
    return compact({ secret, version, field, value: this.#value.toJSON() });
  }

  [inspect.custom](): string {
    const field = this.field === undefined ? '' : `, field: ${inspect(this.field)}`;
    return `Secret { secret: ${inspect(this.secret)}, version: ${inspect(this.version)}${field}, value: [redacted] }`;
  }
}
