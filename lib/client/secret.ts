import { inspect } from 'node:util';
import { WaxsealError } from '../wire/errors.ts';
import type { SecretValue } from '../wire/secret-value.ts';
import { type Json, parseStrictJson } from '../wire/strict-json.ts';

/** What is known of a secret without its value. */
export interface SecretFacts {
  readonly name: string;
  /** Revision number, or a store's own version id. */
  readonly version: string | number;
  /** The field that was asked for; undefined where the whole was. */
  readonly field: string | undefined;
  /** When asking again makes sense. */
  readonly refreshAfter: Date | undefined;
}

/** The answer to a get with `knownVersion` where that is still the version. */
export interface Unchanged extends SecretFacts {
  readonly unchanged: true;
}

/**
 * A secret that does not show itself: string conversion, JSON and inspection give `[redacted]`. The value comes only from
 * {@link Secret.reveal} and the two beside it, so every place that handles plaintext can be found by that word.
 * @example
 * const secret = await client.get('payments/stripe');
 * console.log(secret);          // Secret { name: 'payments/stripe', version: 4, value: [redacted] }
 * const key = secret.reveal();
 */
export class Secret implements SecretFacts {
  readonly name: string;
  readonly version: string | number;
  readonly field: string | undefined;
  readonly refreshAfter: Date | undefined;
  readonly unchanged = false;
  readonly #value: SecretValue;

  constructor(facts: SecretFacts, value: SecretValue) {
    this.name = facts.name;
    this.version = facts.version;
    this.field = facts.field;
    this.refreshAfter = facts.refreshAfter;
    this.#value = value;
  }

  /** Whether the store holds text or bytes. */
  get kind(): 'string' | 'binary' {
    return typeof this.#value.reveal() === 'string' ? 'string' : 'binary';
  }

  /**
   * The value in clear, of a secret that is text.
   * @throws WaxsealError `invalid_request` where it is binary: bytes are never turned into text by guessing
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
   * @throws WaxsealError `invalid_request` where it is binary or no JSON; the text never quotes the value
   */
  json(): Json {
    const text = this.reveal();
    try {
      return parseStrictJson(text);
    } catch (cause) {
      throw new WaxsealError('invalid_request', 'This secret is no strict JSON. Use reveal().', { cause });
    }
  }

  toString(): string {
    return this.#value.toString();
  }

  toJSON(): { name: string; version: string | number; field?: string; value: string } {
    return {
      name: this.name,
      version: this.version,
      ...(this.field === undefined ? {} : { field: this.field }),
      value: this.#value.toJSON(),
    };
  }

  [inspect.custom](): string {
    const field = this.field === undefined ? '' : `, field: ${inspect(this.field)}`;
    return `Secret { name: ${inspect(this.name)}, version: ${inspect(this.version)}${field}, value: [redacted] }`;
  }
}
