import type { Resource, Template } from '../../kit/package-stack.ts';

/** A template in which every condition is decided. */
export interface Settled {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
  readonly Mappings?: unknown;
}

const NOTHING = Symbol('AWS::NoValue');

/** Decides the conditions of a template as CloudFormation does, with defaults for parameters that are not given. */
export function settle(template: Template, given: Readonly<Record<string, string>>): Settled {
  const defaults = Object.entries(template.Parameters).map(([name, { Default }]) => [name, String(Default)]);
  const values: Record<string, string> = { 'AWS::Region': 'eu-west-1', ...Object.fromEntries(defaults), ...given };

  const text = (value: unknown): string =>
    typeof value === 'string' ? value : (values[(value as { Ref: string }).Ref] ?? JSON.stringify(value));
  const holds = (condition: unknown): boolean => {
    const [name, argument] = Object.entries(condition as object)[0] as [string, never[]];
    if (name === 'Condition') return holds(template.Conditions[argument as unknown as string]);
    if (name === 'Fn::Equals') return text(argument[0]) === text(argument[1]);
    if (name === 'Fn::Not') return !holds(argument[0]);
    if (name === 'Fn::And') return argument.every(holds);
    if (name === 'Fn::Or') return argument.some(holds);
    throw new Error('A condition uses a function that these tests do not support.');
  };
  const named = (name: unknown): boolean => name === undefined || holds({ Condition: name });
  const decide = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(decide).filter((item) => item !== NOTHING);
    if ('Fn::If' in value) {
      const [condition, yes, no] = value['Fn::If'] as [string, unknown, unknown];
      return decide(named(condition) ? yes : no);
    }
    if ('Ref' in value && value.Ref === 'AWS::NoValue') return NOTHING;
    const entries = Object.entries(value).map(([key, item]) => [key, decide(item)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== NOTHING));
  };
  const keep = (section: Readonly<Record<string, object>>) =>
    Object.fromEntries(
      Object.entries(section)
        .filter(([, item]) => named((item as { Condition?: string }).Condition))
        .map(([name, { Condition: _, ...item }]: [string, { Condition?: unknown }]) => [name, decide(item)]),
    );
  const { Mappings } = template;
  return { Mappings, Resources: keep(template.Resources), Outputs: keep(template.Outputs) } as Settled;
}

/** The names that something in a settled template refers to, by `Ref`, `Fn::GetAtt`, `Fn::Sub` or `DependsOn`. */
export function namesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    if (key === 'Ref') return [item as string];
    if (key === 'DependsOn') return [item].flat() as string[];
    if (key === 'Fn::GetAtt') return [(item as string[])[0]!];
    if (key === 'Fn::Sub') return [...(item as string).matchAll(/\$\{([\w:]+)[.}]/g)].map(([, name]) => name!);
    return namesIn(item);
  });
}
