/**
 * What each part of lib/ may import, from the ground up: the parts named, and whatever those may import. A row only
 * names parts of rows above it, so folders form no circle. docs/architecture.md shows the same table.
 */
export const LAYERS = {
  wire: [],
  xkey: ['wire'],
  sharing: ['wire'],
  entries: ['wire', 'xkey'],
  token: ['entries', 'sharing'],
  mapping: ['entries', 'token'],
  aws: ['wire', 'xkey'],
  config: ['wire', 'xkey'],
  audit: ['aws'],
  keys: ['aws', 'sharing'],
  stores: ['entries', 'sharing', 'aws'],
  catalog: ['entries', 'mapping', 'token', 'aws'],
  'catalog-file': ['entries', 'mapping'],
  apply: ['catalog', 'entries'],
  admission: ['token', 'catalog', 'audit'],
  broker: ['admission', 'stores', 'keys'],
  'broker.ts': ['broker'],
  http: ['broker.ts'],
  'assemble.ts': ['http', 'config'],
  embedded: ['assemble.ts', 'apply', 'catalog-file'],
  client: ['wire', 'xkey'],
  cli: ['embedded', 'client'],
} as const satisfies Record<string, readonly string[]>;
