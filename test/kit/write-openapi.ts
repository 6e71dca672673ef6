import { writeFile } from 'node:fs/promises';
import { openApiDocument } from '../../lib/http/openapi.ts';

/** Writes lib/http/openapi.json, which the broker serves. A test fails if it is out of date. */
await writeFile(
  new URL('../../lib/http/openapi.json', import.meta.url),
  `${JSON.stringify(openApiDocument(), null, 2)}\n`,
);
