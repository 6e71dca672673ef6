const REDACTED = '[redacted]';

/** What `util.inspect` asks for: shared by its registered name, so that `node:util` need not be loaded for it. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * A secret's value, text or bytes, that does not show itself: string conversion, JSON and inspection give `[redacted]`.
 * Only {@link SecretValue.reveal} gives the value, so that each place that handles plaintext can be found by that word.
 */
export class SecretValue<T extends string | Uint8Array = string | Uint8Array> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value in clear. */
  reveal(): T {
    return this.#value;
  }

  /** Length in bytes as UTF-8 or as it is. */
  get byteLength(): number {
    return typeof this.#value === 'string' ? Buffer.byteLength(this.#value) : this.#value.byteLength;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [INSPECT](): string {
    return REDACTED;
  }
}
