/**
 * Evaluates the part of CloudFormation's language that the tests need: `Fn::Join`, `Fn::Split`, and `Ref` and `Fn::Sub` of given
 * names. Anything else stays unchanged.
 */
export function resolve(value: unknown, given: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, given));
  if (typeof value !== 'object' || value === null) return value;
  const [name, argument] = Object.entries(value)[0] ?? [];
  if (Object.keys(value).length === 1) {
    if (name === 'Ref' && given[argument as string] !== undefined) return given[argument as string];
    if (name === 'Fn::Sub' && typeof argument === 'string')
      return argument.replace(/\$\{([^}]+)\}/g, (whole, ref) => given[ref] ?? whole);
    if (name === 'Fn::Join' || name === 'Fn::Split') {
      const [delimiter, rest] = resolve(argument, given) as [string, unknown];
      if (name === 'Fn::Join' && Array.isArray(rest) && rest.every((part) => typeof part === 'string'))
        return rest.join(delimiter);
      if (name === 'Fn::Split' && typeof rest === 'string') return rest.split(delimiter);
      return value;
    }
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, given)]));
}
