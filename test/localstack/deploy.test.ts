import { afterAll, beforeAll } from 'vitest';
import { auditTests } from './deployed/audit.ts';
import { keyTests } from './deployed/keys.ts';
import { outageTests } from './deployed/outages.ts';
import { refusalTests } from './deployed/refusals.ts';
import { openScene, type Scene } from './deployed/scene.ts';
import { stackTests } from './deployed/stack.ts';
import { valueTests } from './deployed/values.ts';
import { localstackEndpoint } from './endpoint.ts';

// One deployment serves all of these, since it takes longer than they do.
let scene: Scene;
beforeAll(async () => {
  scene = await openScene(await localstackEndpoint());
});
afterAll(async () => scene?.close());

for (const tests of [stackTests, valueTests, refusalTests, outageTests, keyTests, auditTests]) tests(() => scene);
