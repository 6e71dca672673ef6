import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

interface Resource {
  readonly Properties: Record<string, unknown>;
  DependsOn?: unknown;
}

interface Template {
  Resources: Record<string, Resource>;
  Outputs: Record<string, unknown>;
  [section: string]: unknown;
}

/** The parts of osls that this plugin uses. */
interface Osls {
  readonly serviceDir: string;
  readonly service: {
    readonly provider: {
      readonly compiledCloudFormationTemplate: Template;
      readonly stackParameters?: readonly { readonly ParameterKey?: string }[];
    };
    readonly custom: { readonly parameterRules: unknown };
    readonly resources: { readonly Parameters: Readonly<Record<string, unknown>> };
    readonly functions: Readonly<Record<string, { readonly package: { readonly artifact: string } }>>;
  };
}

/**
 * Finishes what osls packages: puts the hash of the broker's code into the version to be published, adds the section `Rules`,
 * which osls does not know, and writes `waxseal.json` next to osls's own template. That is the same stack for CloudFormation
 * itself, without osls's bucket, and with local paths to the functions' code, as `aws cloudformation package` wants them. It
 * contains no time, so two builds have one hash.
 *
 * Settings that osls would ignore are refused first: a stack that silently uses defaults instead may be too permissive.
 */
export default class PackagePlugin {
  readonly hooks: Readonly<Record<string, () => void>>;
  readonly #osls: Osls;

  constructor(osls: Osls) {
    this.#osls = osls;
    this.hooks = {
      'before:package:initialize': () => refuseLostSettings(osls.service),
      'after:aws:package:finalize:stripNullPropsFromTemplateResources': () => this.#finish(),
    };
  }

  #finish(): void {
    const { serviceDir, service } = this.#osls;
    const template = service.provider.compiledCloudFormationTemplate;
    const artifact = (name: string): string => join(serviceDir, service.functions[name]!.package.artifact);
    const { BrokerVersion, BrokerLambdaFunction, BrokerKeyLambdaFunction } = template.Resources;
    const hash = createHash('sha256')
      .update(readFileSync(artifact('broker')))
      .digest('hex')
      .slice(0, 16);
    const description = BrokerVersion!.Properties.Description as { 'Fn::Sub': string };
    description['Fn::Sub'] = description['Fn::Sub'].replace('CODE_HASH', hash);
    template.Rules = service.custom.parameterRules;
    // osls adds dependencies that the functions' roles already imply.
    delete BrokerLambdaFunction!.DependsOn;
    delete BrokerKeyLambdaFunction!.DependsOn;

    const plain = structuredClone(template);
    for (const name of ['ServerlessDeploymentBucket', 'ServerlessDeploymentBucketPolicy']) delete plain.Resources[name];
    delete plain.Outputs.ServerlessDeploymentBucketName;
    plain.Resources.BrokerLambdaFunction!.Properties.Code = basename(artifact('broker'));
    plain.Resources.BrokerKeyLambdaFunction!.Properties.Code = basename(artifact('brokerKey'));
    const directory = join(serviceDir, '.serverless');
    mkdirSync(directory, { recursive: true });
    // On one line: CloudFormation accepts at most 51,200 bytes if the template does not come from a bucket.
    writeFileSync(join(directory, 'waxseal.json'), JSON.stringify(plain));
  }
}

/** @throws Error if the file of settings does not exist, or has one that the stack does not know */
function refuseLostSettings({ provider, resources }: Osls['service']): void {
  const file = process.env.WAXSEAL_STACK_PARAMETERS;
  if (file !== undefined && !existsSync(file))
    throw new Error(`WAXSEAL_STACK_PARAMETERS names a file that does not exist: ${file}`);
  const keys = (provider.stackParameters ?? []).map(({ ParameterKey }) => ParameterKey ?? '');
  const unknown = keys.filter((key) => !Object.hasOwn(resources.Parameters, key));
  if (unknown.length > 0) {
    throw new Error(`The stack has no parameter ${unknown.join(', ')}. docs/deploy.md lists all parameters.`);
  }
}
