const REDACTED = '[redacted]';

/** The symbol that `util.inspect` looks for, by its registered name, so that `node:util` need not be loaded for it. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * A secret's value, text or bytes, that does not show itself: string conversion, JSON and inspection show `[redacted]`.
 * Only {@link SecretValue.reveal} returns the value, so that every place that handles plaintext is easy to find.
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

  /** Length in bytes: of text, as UTF-8. */
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
