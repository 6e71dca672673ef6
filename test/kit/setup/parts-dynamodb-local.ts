import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from './command.ts';
import { inKit, type Part } from './part.ts';
import { jdk, maven } from './prerequisites.ts';

/** DynamoDB Local from Maven Central, laid out as LocalStack expects it. */
export const dynamodbLocal: Part = {
  name: 'dynamodb-local',
  recipe: ['maven-dependency-plugin:3.8.1', 'layout 2'],
  files: [inKit('dynamodb-local')],
  needs: [jdk, maven],
  after: [],
  proof: 'DynamoDBLocal.jar',
  build: async ({ directory, workshop }) => {
    const libraries = join(directory, 'DynamoDBLocal_lib');
    const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
    const goal = [copy, '-DincludeScope=runtime', `-DoutputDirectory=${libraries}`];
    await command('mvn', ['-q', '-B', '-f', inKit('dynamodb-local', 'pom.xml'), ...goal]);
    const sources = ['NoopAgent.java', 'LoopbackServer.java'].map((name) => inKit('dynamodb-local', name));
    await command('javac', ['-cp', join(libraries, '*'), '-d', workshop, ...sources]);
    await writeFile(join(workshop, 'agent.txt'), 'Premain-Class: NoopAgent\n');
    const agent = join(directory, 'ddb-local-loader-0.1.jar');
    await command('jar', ['cfm', agent, 'agent.txt', 'NoopAgent.class'], { cwd: workshop });
    await writeFile(join(workshop, 'launcher.txt'), launcherManifest(await readdir(libraries)));
    const launcher = join(directory, 'DynamoDBLocal.jar');
    await command('jar', ['cfm', launcher, 'launcher.txt', 'LoopbackServer.class'], { cwd: workshop });
  },
};

/** Lines of a manifest have at most 72 bytes. A continued line starts with a space. */
function launcherManifest(libraries: readonly string[]): string {
  const jars = libraries.filter((name) => name.endsWith('.jar')).sort();
  const path = `Class-Path: ${jars.map((name) => `DynamoDBLocal_lib/${name}`).join(' ')}`;
  const lines = path.match(/.{1,70}/g) ?? [];
  return `Main-Class: LoopbackServer\n${lines.join('\n ')}\n`;
}
