import { diffieHellman, generateKeyPairSync, randomBytes } from 'node:crypto';
import { importJWK, jwtVerify } from 'jose';
import nacl from 'tweetnacl';
import { generateXkey } from '../../lib/xkey/keys.ts';
import { benchBroker, post } from './bench-broker.ts';
import { compare } from './cpu.ts';
import type { Row } from './report.ts';
import { mintTokens } from './tokens.ts';

const IN_FLIGHT = 16;

/** CPU of a warm get through the whole app, compared with the cryptography that every broker needs. */
export async function benchGet(scale: number): Promise<Row[]> {
  const rounds = 15;
  const times = Math.round(400 * scale);
  const broker = await benchBroker();
  const fresh = await mintTokens(broker, (rounds + 1) * times * 2);
  const [known] = await mintTokens(broker, 1);
  const jwk = await importJWK(broker.issuer.jwk, 'ES256');
  const payload = randomBytes(300);
  const secretKey = randomBytes(32);
  const peer = generateKeyPairSync('x25519').publicKey;
  // A new token comes with a new xkey. A client that keeps a token keeps its xkey too.
  const recipients = Array.from({ length: (rounds + 1) * times }, () => generateXkey().text);
  const wants = (count: number) => Array.from({ length: count }, (_, n) => ({ secret: `bench/secret-${n}` }));
  const body = (at: number, question: string) => `{"recipient":"${recipients[at % recipients.length]}",${question}}`;
  const one = '"secret":"bench/secret-0"';
  const hundred = `"secrets":${JSON.stringify(wants(100))}`;
  let used = 0;

  const gets = await compare(
    [
      {
        name: 'floor',
        async task() {
          await jwtVerify(fresh[used++ % fresh.length]!, jwk, { currentDate: new Date(broker.clock.now) });
          const { privateKey } = generateKeyPairSync('x25519');
          diffieHellman({ privateKey, publicKey: peer });
          nacl.secretbox(payload, randomBytes(24), secretKey);
        },
      },
      { name: 'fresh', task: (index) => post(broker, '/v1/get', fresh[index]!, body(index, one)) },
      { name: 'known', task: () => post(broker, '/v1/get', known!, body(0, one)) },
      {
        name: 'sealed',
        async task(index) {
          const { body } = await broker.sealedBody(
            'get',
            { secret: 'bench/secret-0' },
            { token: fresh[fresh.length - 1 - index]! },
          );
          await broker.app.request('/v1/get', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body,
          });
        },
      },
    ],
    { rounds, times, inFlight: IN_FLIGHT },
  );
  const batch = await compare(
    [
      { name: 'one', task: (index) => post(broker, '/v1/get', known!, body(index, one)) },
      {
        name: 'hundred',
        task: (index) => post(broker, '/v1/batch-get', known!, body(index + recipients.length / 2, hundred)),
      },
    ],
    { rounds: 9, times: Math.round(300 * scale), inFlight: IN_FLIGHT },
  );
  broker.close();

  const floor = gets.microseconds('floor');
  const row = (what: string, name: string, limit?: number): Row => ({
    what,
    figure: gets.ratio(name, 'floor'),
    unit: '× floor',
    ...(limit === undefined ? {} : { limit }),
    note: `${gets.microseconds(name).toFixed(0)} µs of CPU`,
  });
  return [
    { what: 'floor: jose verification, X25519 pair, agreement, secretbox', figure: floor, unit: 'µs of CPU' },
    row('get, token seen for the first time', 'fresh', 1.8),
    row('get, token verified before', 'known', 1.0),
    row('get, sealed (with the client’s own sealing)', 'sealed'),
    { what: 'batch of 100', figure: batch.ratio('hundred', 'one'), unit: '× one get', limit: 5 },
  ];
}
