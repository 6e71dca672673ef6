import { type AdmitParts, admit } from './admission/admit.ts';
import type { Admitted } from './admission/admitted.ts';
import type { Ledger } from './audit/ledger.ts';
import { sealResult } from './broker/answer.ts';
import type { Answer, Ask } from './broker/ask.ts';
import { entriesOf, undelivered, withinRoom } from './broker/batch.ts';
import { listSecrets } from './broker/list.ts';
import { auditedSecret, auditRecord, guardOf } from './broker/record.ts';
import { missing, type Ruling, rule } from './broker/ruling.ts';
import { envelopeValue } from './broker/value.ts';
import type { BrokerKeys } from './keys/broker-keys.ts';
import type { StoreDirectory } from './stores/directory.ts';
import type { StoredValue } from './stores/store.ts';
import type { EnvelopeValue } from './wire/envelope.ts';
import { toRefusal, WaxsealError } from './wire/errors.ts';
import type { Want } from './wire/requests.ts';

/** What a broker is made from. */
export interface BrokerParts extends AdmitParts {
  readonly ledger: Ledger;
  readonly stores: StoreDirectory;
  readonly keys: BrokerKeys;
  /** How long a workload may go on with a value before it asks again, in milliseconds. */
  readonly refreshAfterMs: number;
}

/** The data plane. Each operation answers in a box for the recipient, or throws a WaxsealError. */
export interface Broker {
  get(ask: Ask<'get'>): Promise<Answer>;
  batchGet(ask: Ask<'batch-get'>): Promise<Answer>;
  list(ask: Ask<'list'>): Promise<Answer>;
  canI(ask: Ask<'can-i'>): Promise<Answer>;
}

/**
 * Getting a secret, from the top: who asks, may they, write it down, read it, seal it. The order is the defence: nothing is
 * looked up before the caller is verified, no store is asked before the decision, and nothing is released before its record
 * is durable.
 */
export function createBroker(parts: BrokerParts): Broker {
  async function get(ask: Ask<'get'>): Promise<Answer> {
    const [value] = await read(ask, [ask.question]);
    if (value instanceof WaxsealError) throw value;
    return answer(ask, value!);
  }

  async function batchGet(ask: Ask<'batch-get'>): Promise<Answer> {
    const wants = ask.question.secrets;
    const values = withinRoom(wants, await read(ask, wants));
    ask.journal.undelivered = undelivered(wants, values);
    return answer(ask, { secrets: entriesOf(wants, values) });
  }

  /** The way of every value: one outcome for each secret that is wanted, in order. */
  async function read(ask: Ask, wants: readonly Want[]): Promise<(EnvelopeValue | WaxsealError)[]> {
    const admitted = await admit(ask, wants, parts);
    const rulings = wants.map((want) => rule(want, admitted, parts.now()));
    // Side by side to save time. Where the record fails this throws, and what was fetched goes nowhere.
    const [, values] = await Promise.all([record(ask, admitted, rulings), fetchAllowed(ask, rulings)]);
    const refreshAfter = new Date(parts.now() + parts.refreshAfterMs).toISOString();
    return rulings.map((ruling, index) => outcome(ruling, values[index], refreshAfter));
  }

  async function canI(ask: Ask<'can-i'>): Promise<Answer> {
    const admitted = await admit(ask, [ask.question], parts);
    const ruling = rule(ask.question, admitted, parts.now());
    await record(ask, admitted, [ruling]);
    if (ruling.decision.allowed) return answer(ask, { allowed: true });
    const why = missing(ask.question, admitted, parts.now());
    return answer(ask, { allowed: false, code: 'access_denied', missing: why });
  }

  async function list(ask: Ask<'list'>): Promise<Answer> {
    const admitted = await admit(ask, [], parts);
    await record(ask, admitted, []);
    const keys = await parts.keys.present(ask.signal);
    return answer(ask, await listSecrets(ask, admitted, parts.catalog, keys, parts.now()));
  }

  /** Resolves when the record, which is also the replay guard, is durable. */
  async function record(ask: Ask, { caller }: Admitted, rulings: readonly Ruling[]): Promise<void> {
    ask.journal.secrets = rulings.map(auditedSecret);
    await parts.ledger.record(auditRecord(ask, caller, rulings), guardOf(ask, caller, rulings), ask.signal);
  }

  /** Values of the rulings that allow, in the rulings' order. Never throws: what fails is that entry's outcome. */
  async function fetchAllowed(
    ask: Ask,
    rulings: readonly Ruling[],
  ): Promise<(StoredValue | WaxsealError | undefined)[]> {
    const outcomes = new Array<StoredValue | WaxsealError | undefined>(rulings.length);
    const sought = rulings.flatMap(({ want, record, version, decision }, index) =>
      decision.allowed && version.wanted !== undefined
        ? [{ name: want.secret, record, version: version.wanted, index }]
        : [],
    );
    if (sought.length === 0) return outcomes;
    const values = await parts.stores.getMany(sought, ask.signal);
    for (const [at, { index }] of sought.entries()) outcomes[index] = values[at];
    return outcomes;
  }

  function outcome(
    ruling: Ruling,
    stored: StoredValue | WaxsealError | undefined,
    refreshAfter: string,
  ): EnvelopeValue | WaxsealError {
    if (!ruling.decision.allowed) return new WaxsealError('access_denied');
    if (stored === undefined) return new WaxsealError('not_found');
    if (stored instanceof WaxsealError) return stored;
    try {
      return envelopeValue(ruling, stored, refreshAfter);
    } catch (error) {
      return toRefusal(error);
    }
  }

  async function answer(ask: Ask, result: object): Promise<Answer> {
    return sealResult(ask, result, ask.sealedHash === undefined ? undefined : await parts.keys.present(ask.signal));
  }

  return { get, batchGet, list, canI };
}
