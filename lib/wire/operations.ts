/** The broker's operations, as in paths, log and ledger. */
export const OPERATIONS = ['get', 'batch-get', 'list', 'can-i'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** The word for an operation inside `typ`. */
const TYP_WORD = { get: 'get', 'batch-get': 'batch', list: 'list', 'can-i': 'can-i' } as const satisfies Record<
  Operation,
  string
>;

/** `typ` of an operation's answers, such as `waxseal.get.v1`; with `.request` appended, of its sealed requests. */
export function typOf(operation: Operation): `waxseal.${string}.v1` {
  return `waxseal.${TYP_WORD[operation]}.v1`;
}

/** `typ` of a sealed refusal, whatever the operation. */
export const ERROR_TYP = 'waxseal.error.v1';
