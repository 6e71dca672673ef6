import { WaxsealError } from '../wire/errors.ts';
import { isName } from '../wire/names.ts';
import { isReference, parseReference } from '../wire/reference.ts';
import { isJsonObject, own } from '../wire/strict-json.ts';
import { type Call, createCall, type Verified } from './call.ts';
import {
  type ListedSecret,
  type Permission,
  readBatch,
  readPage,
  readPermission,
  readValue,
  type SecretPage,
} from './envelopes.ts';
import { holdsOnly, readOptions, type WaxsealClientOptions } from './options.ts';
import type { Secret, Unchanged } from './secret.ts';

/** A request for one secret. */
export interface SecretRequest {
  /** Its name, for example `payments/stripe`. */
  readonly secret: string;
  /** One field of a secret that is a JSON object (default: the whole secret). */
  readonly field?: string | undefined;
  /** `current`, `previous`, a revision number, or a store's own id (default: `current`). */
  readonly version?: string | number | undefined;
  /** The version that you have. If it is still the one you ask for, no value is sent. */
  readonly knownVersion?: string | number | undefined;
}

/** How one call is made. */
export interface CallOptions {
  /** Aborts the call. */
  readonly signal?: AbortSignal;
}

/** The broker's public xkeys as its last sealed answer named them. */
export interface SeenBrokerKeys {
  readonly current: string;
  readonly next: string | undefined;
}

/**
 * Gets secrets from a broker. Every request is sealed to the broker's pinned key with the token inside, and every answer is
 * opened and checked to belong to that very request. So nobody in between sees a token or a value, or can forge a value or a
 * refusal; all they can do is keep an answer from arriving (`store_unavailable`).
 * @example
 * import { githubActions, WaxsealClient } from 'waxseal';
 * const client = new WaxsealClient({
 *   url: 'https://secrets.example.com',
 *   brokerKeys: 'XBUJMZHVOPQ2SK5VD3TY4VNBPVU2YFGRLK6EFPEPSMVDUYEBSROWZCEA',
 *   token: githubActions(),
 * });
 * const stripe = await client.get('payments/stripe');
 * start(stripe.reveal());
 */
export class WaxsealClient {
  readonly #call: Call;
  #seen: SeenBrokerKeys | undefined;

  /** @throws WaxsealError `invalid_request` if an option is wrong, before any request; `setting` is the option's name */
  constructor(options: WaxsealClientOptions) {
    this.#call = createCall(readOptions(options));
  }

  /**
   * The broker's keys as its last verified answer named them, for an operator who rotates pins. The client never changes its
   * pins by itself.
   */
  get seenBrokerKeys(): SeenBrokerKeys | undefined {
    return this.#seen;
  }

  /**
   * Gets one secret, by name, by reference (`waxseal://NAME?field=F`) or in detail.
   * @throws WaxsealError `access_denied`, `not_found`, `invalid_token` and any other code of a sealed refusal; or
   * `store_unavailable` if no answer came that can be believed: keep what you have and ask again later
   * @example const { api_key } = (await client.get('payments/stripe')).json();
   */
  get(request: SecretRequest & { knownVersion: string | number }, options?: CallOptions): Promise<Secret | Unchanged>;
  get(request: string | (SecretRequest & { knownVersion?: undefined }), options?: CallOptions): Promise<Secret>;
  async get(request: string | SecretRequest, options: CallOptions = {}): Promise<Secret | Unchanged> {
    const checked = toRequest(request);
    return readValue((await this.#ask('get', toWant(checked), options)).envelope, checked);
  }

  /**
   * Gets up to 100 secrets in one request. Each entry of the result is a secret or its own refusal, in the order of the request.
   * @throws WaxsealError if the request as a whole was refused
   * @example
   * const [db, key] = await client.batchGet(['db/main', { secret: 'payments/stripe', field: 'api_key' }]);
   * if (db instanceof WaxsealError) throw db;
   */
  async batchGet(
    requests: readonly (string | SecretRequest)[],
    options: CallOptions = {},
  ): Promise<(Secret | Unchanged | WaxsealError)[]> {
    if (requests.length === 0) return [];
    const checked = requests.map(toRequest);
    return readBatch(await this.#ask('batch-get', { secrets: checked.map(toWant) }, options), checked);
  }

  /**
   * One page of the secrets that the workload may read, in the order of their names.
   * @param query `prefix` of the names; `limit` (1 to 1,000); `next` of the page before, valid for ten minutes
   */
  async list(
    query: { prefix?: string | undefined; limit?: number | undefined; next?: string | undefined } = {},
    options: CallOptions = {},
  ): Promise<SecretPage> {
    return readPage(
      (await this.#ask('list', { prefix: query.prefix, limit: query.limit, next: query.next }, options)).envelope,
    );
  }

  /**
   * All secrets that the workload may read, page by page.
   * @example for await (const { secret } of client.listAll({ prefix: 'payments/' })) console.log(secret);
   */
  async *listAll(
    query: { prefix?: string | undefined } = {},
    options: CallOptions = {},
  ): AsyncGenerator<ListedSecret, void> {
    let next: string | undefined;
    do {
      const page = await this.list({ ...query, next }, options);
      yield* page.secrets;
      next = page.next;
    } while (next !== undefined);
  }

  /** Asks whether a get would be allowed, and if not, why. It does not say whether the secret exists. */
  async canI(request: string | SecretRequest, options: CallOptions = {}): Promise<Permission> {
    return readPermission((await this.#ask('can-i', toWant(toRequest(request)), options)).envelope);
  }

  async #ask(operation: Parameters<Call>[0], question: object, { signal }: CallOptions): Promise<Verified> {
    const verified = await this.#call(operation, question, signal);
    this.#seen = readKeys(verified) ?? this.#seen;
    return verified;
  }
}

const REQUEST_MEMBERS = ['secret', 'field', 'version', 'knownVersion'];

function toRequest(request: string | SecretRequest): SecretRequest {
  if (typeof request === 'string')
    return toRequest(isReference(request) ? parseReference(request) : { secret: request });
  // A misspelled `field` must not return the whole secret, in a program without types either.
  if (!holdsOnly(request, REQUEST_MEMBERS)) {
    throw new WaxsealError(
      'invalid_request',
      'A request has the members secret, field, version and knownVersion, and no others.',
    );
  }
  if (typeof request.secret === 'string' && isName(request.secret)) return request;
  throw new WaxsealError(
    'invalid_request',
    'Not a valid secret name. A name consists of letters, digits and . _ - : @, in segments joined by /.',
  );
}

/** The members that the broker reads; JSON leaves out those that are undefined. */
function toWant({ secret, field, version, knownVersion }: SecretRequest): object {
  return { secret, field, version, known_version: knownVersion };
}

function readKeys({ envelope }: Verified): SeenBrokerKeys | undefined {
  const keys = own(envelope, 'keys');
  const current = isJsonObject(keys) ? own(keys, 'current') : undefined;
  const next = isJsonObject(keys) ? own(keys, 'next') : undefined;
  return typeof current === 'string' ? { current, next: typeof next === 'string' ? next : undefined } : undefined;
}
