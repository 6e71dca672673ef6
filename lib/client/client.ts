import { WaxsealError } from '../wire/errors.ts';
import { isName } from '../wire/names.ts';
import { isReference, parseReference } from '../wire/reference.ts';
import { isJsonObject, own } from '../wire/strict-json.ts';
import { type Call, createCall, type Verified } from './call.ts';
import type { ListedSecret } from './envelopes.ts';
import { type Permission, readBatch, readPage, readPermission, readValue, type SecretPage } from './envelopes.ts';
import { holdsOnly, readOptions, type WaxsealClientOptions } from './options.ts';
import type { Secret, Unchanged } from './secret.ts';

/** A secret that is asked for. */
export interface SecretRequest {
  /** Its name, for example `payments/stripe`. */
  readonly secret: string;
  /** One member of a secret that is a JSON object, in place of the whole. */
  readonly field?: string | undefined;
  /** `current` unless told; `previous`, a revision number, or a store's own id. */
  readonly version?: string | number | undefined;
  /** The version that you have: where it is still the one asked for, no value is sent. */
  readonly knownVersion?: string | number | undefined;
}

/** How one call is made. */
export interface CallOptions {
  /** Gives the call up. */
  readonly signal?: AbortSignal;
}

/** The broker's public xkeys as its last sealed answer named them. */
export interface SeenBrokerKeys {
  readonly current: string;
  readonly next: string | undefined;
}

/**
 * Gets secrets from a broker. Every request is sealed to the broker's pinned key with the token inside, and every answer is
 * opened and checked to answer that very request, so whoever stands between sees no token and no value, can forge neither a
 * value nor a refusal, and can at most keep an answer from arriving (`store_unavailable`).
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

  /** @throws WaxsealError `invalid_request` where an option is wrong, before any request */
  constructor(options: WaxsealClientOptions) {
    this.#call = createCall(readOptions(options));
  }

  /**
   * The broker's keys as its last verified answer named them: for an operator who rotates pins. The client never changes its
   * pins by itself.
   */
  get seenBrokerKeys(): SeenBrokerKeys | undefined {
    return this.#seen;
  }

  /**
   * Gets one secret, by name, by reference (`waxseal://NAME?field=F`) or in detail.
   * @throws WaxsealError `access_denied`, `not_found`, `invalid_token` and whatever else the broker refused, sealed; or
   * `store_unavailable` where no answer came that can be believed: keep what you have and ask again later
   * @example const { api_key } = (await client.get('payments/stripe')).json();
   */
  get(request: SecretRequest & { knownVersion: string | number }, options?: CallOptions): Promise<Secret | Unchanged>;
  get(request: string | (SecretRequest & { knownVersion?: undefined }), options?: CallOptions): Promise<Secret>;
  async get(request: string | SecretRequest, options: CallOptions = {}): Promise<Secret | Unchanged> {
    const asked = toRequest(request);
    return readValue((await this.#ask('get', toQuestion(asked), options)).envelope, asked);
  }

  /**
   * Gets up to 100 secrets in one request. Each entry of the answer is a secret or its own refusal, in the order asked.
   * @throws WaxsealError where the request as a whole was refused
   * @example
   * const [db, key] = await client.batchGet(['db/main', { secret: 'payments/stripe', field: 'api_key' }]);
   * if (db instanceof WaxsealError) throw db;
   */
  async batchGet(
    requests: readonly (string | SecretRequest)[],
    options: CallOptions = {},
  ): Promise<(Secret | Unchanged | WaxsealError)[]> {
    if (requests.length === 0) return [];
    const asked = requests.map(toRequest);
    return readBatch(await this.#ask('batch-get', { secrets: asked.map(toQuestion) }, options), asked);
  }

  /**
   * One page of the secrets that the workload may read, in order of name.
   * @param query `prefix` of the names; `limit` (1 to 1,000); `next` of the page before, good for ten minutes
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
   * @example for await (const { name } of client.listAll({ prefix: 'payments/' })) console.log(name);
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

  /** Asks whether a get would be allowed, and why not. It does not tell whether the secret exists. */
  async canI(request: string | SecretRequest, options: CallOptions = {}): Promise<Permission> {
    return readPermission((await this.#ask('can-i', toQuestion(toRequest(request)), options)).envelope);
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
  // A misspelt `field` must not hand out the whole secret, in a program without types either.
  if (!holdsOnly(request, REQUEST_MEMBERS)) {
    throw new WaxsealError('invalid_request', 'A request holds secret, field, version and knownVersion, and no more.');
  }
  if (typeof request.secret === 'string' && isName(request.secret)) return request;
  throw new WaxsealError(
    'invalid_request',
    'That is no name of a secret: letters, digits and . _ - : @ in segments joined by /.',
  );
}

/** JSON leaves undefined members out. */
function toQuestion({ secret, field, version, knownVersion }: SecretRequest): object {
  return { secret, field, version, known_version: knownVersion };
}

function readKeys({ envelope }: Verified): SeenBrokerKeys | undefined {
  const keys = own(envelope, 'keys');
  const current = isJsonObject(keys) ? own(keys, 'current') : undefined;
  const next = isJsonObject(keys) ? own(keys, 'next') : undefined;
  return typeof current === 'string' ? { current, next: typeof next === 'string' ? next : undefined } : undefined;
}
