import { fromCurveSeed } from '@nats-io/nkeys';
import { beforeAll, describe, expect, it } from 'vitest';
import { xkeyFromSeed } from '../../../lib/xkey/keys.ts';
import { openAnswer, startBroker } from '../../kit/broker.ts';
import { fences, readPage, rows, section, ticked } from './page.ts';
import { boxOf, type Example, ISSUER, NOW, SEEDS, VALUE, workedExample } from './worked-example.ts';

const TEXT = section(readPage('docs/http.md'), 'A worked example');
const [broker, recipient, sender] = [SEEDS.broker, SEEDS.recipient, SEEDS.sender].map((seed) => ({
  ...xkeyFromSeed(seed),
  nkeys: fromCurveSeed(Buffer.from(seed)),
}));

/** The example on the page. */
let page: Example;
beforeAll(() => {
  const block = (word: string) =>
    fences(TEXT)
      .find(({ info }) => info === `json ${word}`)!
      .text.trimEnd();
  page = { opened: block('opened'), body: block('body'), envelope: block('envelope'), answer: block('answer') };
});

describe('the worked example of docs/http.md', () => {
  it('matches the calculation', () => {
    expect(page).toEqual(workedExample());
    expect(rows(TEXT).map((row) => row.flatMap(ticked))).toEqual([
      [SEEDS.broker, broker!.text],
      [SEEDS.recipient, recipient!.text],
      [SEEDS.sender, sender!.text],
    ]);
  });

  it('is opened by another library', () => {
    const opened = broker!.nkeys.open(boxOf(page.body), recipient!.text);
    const envelope = recipient!.nkeys.open(boxOf(page.answer), sender!.text);
    expect([opened, envelope].map((bytes) => Buffer.from(bytes!).toString())).toEqual([page.opened, page.envelope]);
  });

  it('gets that envelope from the broker', async () => {
    const test = await startBroker({
      issuers: [ISSUER],
      mappings: [{ secret: 'payments/stripe', issuer: ISSUER.issuer, fields: ['api_key'] }],
      values: { 'payments/stripe': VALUE },
      foundation: { loadKeys: async () => ({ current: broker!, previous: [] }) },
    });
    test.clock.now = NOW * 1000;
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: page.body };
    const { status, body } = await test.send('/v1/get', init);
    expect([status, openAnswer(body, recipient!)]).toEqual([200, JSON.parse(page.envelope)]);
    test.close();
  });
});
