/** The characters in names of Secrets Manager. `!` is in those that AWS makes itself: `rds!db-1111`. */
export const SECRET_ID_CHARACTERS = 'letters, digits and / _ + = . @ - !';

const NAME = /^[A-Za-z0-9/_+=.@!-]{1,512}$/;
const ARN = /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@!-]{1,519}$/;

/** Whether a ref can be a `SecretId` of Secrets Manager: a name, or an ARN with or without its random suffix. */
export function isSecretId(ref: string): boolean {
  return ref.startsWith('arn:') ? ARN.test(ref) : NAME.test(ref);
}
