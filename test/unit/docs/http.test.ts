import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_BATCH_BYTES } from '../../../lib/broker/batch.ts';
import { startEmbeddedBroker } from '../../../lib/embedded/embedded-broker.ts';
import { BINDINGS } from '../../../lib/entries/issuer.ts';
import { errorPage } from '../../../lib/http/answers.ts';
import { MAX_BODY_BYTES } from '../../../lib/http/body.ts';
import { MAX_ID_LENGTH, MAX_JWS_LENGTH } from '../../../lib/token/jws.ts';
import { CLOCK_SKEW } from '../../../lib/token/times.ts';
import { ERROR_CODES, type ErrorCode, REFUSALS } from '../../../lib/wire/errors.ts';
import { MAX_NAME_LENGTH } from '../../../lib/wire/names.ts';
import { OPERATIONS, typOf } from '../../../lib/wire/operations.ts';
import { REQUESTS, SEALED_REQUEST } from '../../../lib/wire/requests.ts';
import { startBroker } from '../../kit/broker.ts';
import { fences, ROOT, readPage, rows, section, ticked } from './page.ts';

const PAGE = readPage('docs/http.md');
const firstTicked = (text: string) => rows(text).map(([cell]) => ticked(cell!)[0]!);

describe('docs/http.md', () => {
  it('lists every endpoint, with its typ, and every one of them exists', async () => {
    const table = rows(section(PAGE, 'Endpoints'));
    expect(table.flatMap(([, , typ]) => ticked(typ!))).toEqual(OPERATIONS.map(typOf));
    const broker = await startBroker();
    const { paths } = (await (await broker.app.request('/v1/openapi.json')).json()) as { paths: object };
    const named = table.map(([endpoint]) => ticked(endpoint!)[0]!.split(' ') as [string, string]);
    expect(named.map(([, path]) => path)).toEqual(expect.arrayContaining(Object.keys(paths)));
    for (const [method, path] of named) {
      const response = await broker.app.request(path.replace('{code}', 'not_found'), { method });
      expect([path, response.status]).toEqual([path, method === 'GET' ? 200 : 400]);
    }
    broker.close();
  });

  it('has every member of a sealed request and of each operation', () => {
    const [outer, inner] = section(PAGE, 'Sealed').split('Inside the box') as [string, string];
    expect(firstTicked(outer)).toEqual(Object.keys(SEALED_REQUEST.entries));
    const table = rows(section(PAGE, 'Members of each operation')).map((row) => row.slice(0, 2).flatMap(ticked));
    for (const operation of OPERATIONS) {
      const own = table.flatMap(([of, member]) => (of === operation ? [member] : []));
      expect(Object.keys(REQUESTS[operation].plain.entries)).toEqual(['recipient', ...own]);
      expect(Object.keys(REQUESTS[operation].opened.entries)).toEqual([...firstTicked(inner), ...own]);
    }
  });

  it('has every code, with the status, meaning and advice of the broker’s own pages', () => {
    const table = rows(section(PAGE, 'Refusals'));
    expect(table.map(([code]) => ticked(code!)[0])).toEqual(ERROR_CODES);
    for (const [cell, status, meaning, advice] of table) {
      const code = ticked(cell!)[0] as ErrorCode;
      expect(Number(status)).toBe(REFUSALS[code].status);
      expect(errorPage(code)).toBe(`${code} (HTTP ${status})\n\n${meaning}\n\n${advice}\n`);
    }
  });

  it('has every binding', () => {
    const [bindings] = section(PAGE, 'Binding a token to the xkey').split('A **proof**');
    expect(firstTicked(bindings!)).toEqual(BINDINGS);
  });

  it('states the real limits', () => {
    const limits = Object.fromEntries(rows(section(PAGE, 'Limits')).map(([what, most]) => [what, most]));
    const count = (number: number) => number.toLocaleString('en-US');
    expect(limits).toMatchObject({
      body: `${MAX_BODY_BYTES / 1024} KiB`,
      'token, proof': `${count(MAX_JWS_LENGTH)} characters each`,
      'name of a secret, `prefix`': `${MAX_NAME_LENGTH} characters`,
      "a batch's payload, opened": `${MAX_BATCH_BYTES / 1024 / 1024} MiB`,
      '`jti`, `kid`': `${MAX_ID_LENGTH} bytes`,
      'clock skew of a token': `${CLOCK_SKEW} s`,
    });
  });
});

describe('the curl example', () => {
  it('works on the embedded broker exactly as written', async () => {
    const text = section(PAGE, 'With curl');
    const block = (info: string) => fences(text).find((fence) => fence.info === info)!.text;
    const data = await mkdtemp(join(tmpdir(), 'waxseal-docs-'));
    const broker = await startEmbeddedBroker({ port: 0, data, onRequest: () => {} });
    try {
      const command = block('sh')
        .replace('$WAXSEAL_URL', broker.url)
        .replace('$WAXSEAL_TOKEN', broker.token ?? '');
      const url = /curl -sS "([^"]+)"/.exec(command)![1]!;
      const headers = Array.from(command.matchAll(/-H "([^:]+): ([^"]+)"/g), ([, name, value]) => [name!, value!]);
      const body = /-d '([^']+)'/.exec(command)![1]!;
      expect(command).toContain('node open.mjs < answer.json');
      const response = await fetch(url, { method: 'POST', headers: headers as [string, string][], body });
      const printed = execFileSync(process.execPath, ['--input-type=module', '-e', block('js open.mjs')], {
        cwd: ROOT,
        input: await response.text(),
      }).toString();
      const envelope = JSON.parse(printed) as Record<string, unknown>;
      const documented = JSON.parse(block('json printed')) as Record<string, unknown>;
      expect(Object.keys(envelope)).toEqual(Object.keys(documented));
      for (const member of ['typ', 'secret', 'version']) expect(envelope[member]).toBe(documented[member]);
      expect(Object.keys(JSON.parse(String(envelope.string)))).toEqual(
        Object.keys(JSON.parse(String(documented.string))),
      );
    } finally {
      await broker.close();
      await rm(data, { recursive: true });
    }
  });
});
