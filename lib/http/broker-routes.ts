import type { Ask, Results } from '../broker/ask.ts';
import type { Broker } from '../broker.ts';
import { type Operation, typOf } from '../wire/operations.ts';
import { REQUESTS } from '../wire/requests.ts';
import type { Route } from './route.ts';

/** What the broker's app serves. A new operation is one entry here. */
export const BROKER_ROUTES = {
  get: {
    ...REQUESTS.get,
    typ: typOf('get'),
    run: (broker: Broker, ask: Ask<'get'>) => broker.get(ask),
    summary: 'Get one secret',
    envelope: '`secret`, `version`, `field`?, `refresh_after`, and `string`, `binary` (base64url) or `unchanged`',
  },
  'batch-get': {
    ...REQUESTS['batch-get'],
    typ: typOf('batch-get'),
    run: (broker: Broker, ask: Ask<'batch-get'>) => broker.batchGet(ask),
    summary: 'Get several secrets',
    envelope: '`secrets`: in the order asked, each as in get, or with `error` instead of a value',
  },
  list: {
    ...REQUESTS.list,
    typ: typOf('list'),
    run: (broker: Broker, ask: Ask<'list'>) => broker.list(ask),
    summary: 'List the secrets that the caller may read',
    envelope: '`secrets`: `secret`, `version`, `fields`?; and `next`?',
  },
  'can-i': {
    ...REQUESTS['can-i'],
    typ: typOf('can-i'),
    run: (broker: Broker, ask: Ask<'can-i'>) => broker.canI(ask),
    summary: 'Check whether the caller would get a secret',
    envelope: '`allowed`, and if it is false `code` and `missing`',
  },
} as const satisfies { readonly [O in Operation]: Route<Broker, Ask<O>, Results[O]> };
