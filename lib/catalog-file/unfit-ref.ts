import { isSecretId, SECRET_ID_CHARACTERS } from '../entries/secret-id.ts';
import { found } from './fault.ts';

const NAME_OR_ARN = 'the name or the ARN of a secret in Secrets Manager';
const SUGGESTED = /^[^:]{1,512}$/;

/**
 * What a ref should have been, in words that continue "expected …", if Secrets Manager cannot have it; otherwise undefined.
 * References to secrets have other forms elsewhere, which people copy: the fault says what of them to write.
 */
export function unfitRef(ref: string): string | undefined {
  if (isSecretId(ref)) return undefined;
  const parts = ref.split(':');
  const [prefix, , service = '', , , kind, name] = parts;
  if (prefix === 'arn' && service !== 'secretsmanager') {
    return `${NAME_OR_ARN}, found an ARN of another service (${found(service)}); copy the value to Secrets Manager, or choose a store that has it`;
  }
  if (prefix === 'arn') {
    const whole = parts.slice(0, 7).join(':');
    if (kind === 'secret' && name && parts.length > 7 && isSecretId(whole)) return withoutField('an ARN', whole);
    return `an ARN such as arn:aws:secretsmanager:eu-central-1:111122223333:secret:NAME-AbCdEf (the name has ${SECRET_ID_CHARACTERS}), found ${found(ref)}`;
  }
  const [, resolved] = /^\{\{resolve:secretsmanager:(.*)\}\}$/.exec(ref) ?? [];
  const inner = resolved === undefined ? undefined : secretIn(resolved);
  if (inner !== undefined) {
    return `${NAME_OR_ARN}, found a dynamic reference of CloudFormation; write ${JSON.stringify(inner)}, and choose a field with fields in a mapping`;
  }
  const before = parts[0]!;
  if (parts.length === 4 && SUGGESTED.test(before) && isSecretId(before)) return withoutField('a name', before);
  const [odd] = /[^A-Za-z0-9/_+=.@!-]/u.exec(ref) ?? [];
  const why = odd === undefined ? `${ref.length} characters` : `${found(odd)} in ${found(ref)}`;
  return `${NAME_OR_ARN} (${SECRET_ID_CHARACTERS}, at most 512 characters), found ${why}`;
}

/** The form of ECS task definitions: `ARN:json-key:version-stage:version-id`. */
function withoutField(what: string, whole: string): string {
  return (
    `${what} without a JSON key and a version behind it; write ${JSON.stringify(whole)}, and choose a field and a version ` +
    'with fields and versions in a mapping'
  );
}

/** The name or ARN at the start of what a dynamic reference resolves. */
function secretIn(resolved: string): string | undefined {
  const parts = resolved.split(':');
  const whole = parts.slice(0, parts[0] === 'arn' ? 7 : 1).join(':');
  return isSecretId(whole) ? whole : undefined;
}
