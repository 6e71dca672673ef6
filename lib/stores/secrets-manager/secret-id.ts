const SUFFIX = /^-[A-Za-z0-9]{6}$/;

/** A version id of Secrets Manager has 32 to 64 characters. */
export function isVersionId(id: string): boolean {
  return /^[A-Za-z0-9-]{32,64}$/.test(id);
}

/** The name within an ARN (`arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six characters>`), otherwise the ref. */
export function secretNameOf(ref: string): string {
  return ref.startsWith('arn:') ? ref.split(':').slice(6).join(':') : ref;
}

/** The part of an answer that says which secret it is. */
export interface SecretIdentity {
  readonly ARN?: string | undefined;
  readonly Name?: string | undefined;
}

/**
 * Finds the answer for a ref among those of a batch. A whole ARN or a name must be equal. An ARN without its suffix must be
 * followed by exactly a suffix, and counts only if no whole ARN fits: `…:secret:app-abcdef` is either the whole ARN of `app` or
 * the short one of a secret named `app-abcdef`, and the first reading wins, as it does at AWS.
 */
export function answerFor<T extends SecretIdentity>(ref: string, answers: readonly T[]): T | undefined {
  if (!ref.startsWith('arn:')) return answers.find(({ Name }) => Name === ref);
  return (
    answers.find(({ ARN: whole }) => whole === ref) ??
    answers.find(
      ({ ARN: whole, Name }) =>
        whole?.startsWith(ref) && SUFFIX.test(whole.slice(ref.length)) && ref.endsWith(`:secret:${Name}`),
    )
  );
}
