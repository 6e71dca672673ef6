import { type TokenSource, WaxsealClient, type WaxsealClientOptions } from 'waxseal';
import { BROKER_URL, type TestBroker } from './broker.ts';
import { TEST_AUDIENCE } from './test-issuer.ts';

/** A `fetch` that calls the broker's app directly, without a network. */
export function fetchFrom(broker: Pick<TestBroker, 'app'>): typeof fetch {
  return async (url, init) => broker.app.request(String(url), init);
}

/** Tokens of the broker's test issuer, bound to the xkey by their audience. */
export function boundTokens(broker: TestBroker, claims: Readonly<Record<string, unknown>> = {}): TokenSource {
  return ({ audience, xkey }) => broker.issuer.token({ aud: `${audience}#${xkey}`, ...claims });
}

/** The real client, talking to a test broker, with the broker's clock and without pauses. */
export function clientOf(broker: TestBroker, options: Partial<WaxsealClientOptions> = {}): WaxsealClient {
  return new WaxsealClient({
    url: BROKER_URL,
    brokerKeys: broker.keys.current.text,
    audience: TEST_AUDIENCE,
    token: () => broker.issuer.token(),
    fetch: fetchFrom(broker),
    runtime: { now: () => broker.clock.now, random: () => 0, wait: async () => undefined },
    ...options,
  });
}
