import { type AdmitParts, admit } from './admission/admit.ts';
import { record } from './admission/record.ts';
import type { UnverifiedRequest } from './admission/request.ts';
import type { Ask, Results } from './broker/ask.ts';
import { batchEntries } from './broker/batch.ts';
import { listSecrets } from './broker/list.ts';
import { missing, rule, verdictOf } from './broker/ruling.ts';
import { envelopeValue, fetchAllowed, type ReadSecret, readSecret } from './broker/value.ts';
import type { BrokerKeys } from './keys/broker-keys.ts';
import type { StoreDirectory } from './stores/directory.ts';
import { WaxsealError } from './wire/errors.ts';
import type { Want } from './wire/requests.ts';

/** What a broker is made from. */
export interface BrokerParts extends AdmitParts {
  readonly stores: StoreDirectory;
  readonly keys: BrokerKeys;
  /** How long a workload may use a value before it asks again, in milliseconds. */
  readonly refreshAfterMs: number;
}

/** The data plane. Each operation returns what its envelope holds, still to be sealed, or throws a WaxsealError. */
export interface Broker {
  get(ask: Ask<'get'>): Promise<Results['get']>;
  batchGet(ask: Ask<'batch-get'>): Promise<Results['batch-get']>;
  list(ask: Ask<'list'>): Promise<Results['list']>;
  canI(ask: Ask<'can-i'>): Promise<Results['can-i']>;
  /**
   * Reads secrets for a protocol that builds its own envelope: admission, decision, record and values, as in get.
   * @returns one outcome for each want, in order: the secret, or why it is not released
   * @throws WaxsealError if the request as a whole is refused, or its record could not be written. Nothing is released then.
   */
  read(request: UnverifiedRequest, wants: readonly Want[]): Promise<readonly (ReadSecret | WaxsealError)[]>;
}

/**
 * Getting a secret, from the top: who asks, may they, write it down, read it. The order is the defence: nothing is looked up
 * before the caller is verified, no store is asked before the decision, and nothing is released before its record is durable.
 * Whoever serves the result seals it to the recipient: http/exchange.ts.
 */
export function createBroker(parts: BrokerParts): Broker {
  async function get(ask: Ask<'get'>): Promise<Results['get']> {
    const [secret] = await read(ask, [ask.question]);
    if (secret instanceof WaxsealError) throw secret;
    return envelopeValue(secret!);
  }

  async function batchGet(ask: Ask<'batch-get'>): Promise<Results['batch-get']> {
    const wants = ask.question.secrets;
    const { secrets, undelivered } = batchEntries(wants, await read(ask, wants));
    ask.journal.undelivered = undelivered;
    return { secrets };
  }

  async function read(request: UnverifiedRequest, wants: readonly Want[]) {
    const admitted = await admit(request, wants, parts);
    const rulings = wants.map((want) => rule(want, admitted, request.now));
    const verdict = verdictOf(rulings, { releases: true });
    // Side by side, to save time. If the record fails, this throws, and the values go nowhere.
    const [, fetched] = await Promise.all([
      record(request, admitted.caller, verdict, parts.ledger),
      fetchAllowed(rulings, parts.stores, request.signal),
    ]);
    const refreshAfter = new Date(request.now + parts.refreshAfterMs).toISOString();
    return rulings.map((ruling, index) => readSecret(ruling, fetched[index], refreshAfter));
  }

  async function canI(ask: Ask<'can-i'>): Promise<Results['can-i']> {
    const admitted = await admit(ask, [ask.question], parts);
    const ruling = rule(ask.question, admitted, ask.now);
    await record(ask, admitted.caller, verdictOf([ruling], { releases: false }), parts.ledger);
    if (ruling.decision.allowed) return { allowed: true };
    return { allowed: false, code: 'access_denied', missing: missing(ask.question, admitted, ask.now) };
  }

  async function list(ask: Ask<'list'>): Promise<Results['list']> {
    const admitted = await admit(ask, [], parts);
    await record(ask, admitted.caller, verdictOf([], { releases: false }), parts.ledger);
    return listSecrets(ask, admitted, parts.catalog, await parts.keys.present(ask.signal));
  }

  return { get, batchGet, list, canI, read };
}
