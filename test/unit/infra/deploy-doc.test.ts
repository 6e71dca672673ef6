import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Template } from '../../kit/package-stack.ts';
import { packagedStack } from './packaged.ts';

const DOC = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'deploy.md'), 'utf8');

let template: Template;
beforeAll(async () => {
  ({ template } = await packagedStack());
}, 120_000);

/** The rows of the table under a heading, as lists of cells. */
function rows(heading: string): string[][] {
  const section = DOC.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const cells = (line: string) => line.slice(2, -2).split(' | ');
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map(cells);
}

test('every parameter is documented, with its default and its description', () => {
  const parameters = Object.entries(template.Parameters).map(([name, { Default, Description }]) => [
    `\`${name}\``,
    Default === '' ? 'empty' : `\`${Default}\``,
    Description,
  ]);
  expect(rows('Settings')).toEqual(parameters);
});

test('every output is documented', () => {
  const outputs = Object.entries(template.Outputs)
    .filter(([name]) => name !== 'ServerlessDeploymentBucketName')
    .map(([name, { Description }]) => [`\`${name}\``, Description]);
  expect(rows('Outputs')).toEqual(outputs);
});

test('the commands name parameters that exist', () => {
  const fenced = [...DOC.matchAll(/```\w+\n([\s\S]*?)```/g)].map(([, code]) => code).join('\n');
  const named = [
    ...fenced.matchAll(/"ParameterKey": "(\w+)"/g),
    ...fenced.matchAll(/--parameter-overrides (\w+)=/g),
    ...fenced.matchAll(/^\s*(?:parameters: \{ )?([A-Z]\w+)\s*[:=] ['"]/gm),
  ].map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((name) => template.Parameters[name] === undefined)).toEqual([]);
});
