import { writeFile } from 'node:fs/promises';
import { openApiDocument } from '../../lib/http/openapi.ts';

/** Writes lib/http/openapi.json, which the broker serves; a test fails where it is out of date. */
await writeFile(
  new URL('../../lib/http/openapi.json', import.meta.url),
  `${JSON.stringify(openApiDocument(), null, 2)}\n`,
);
