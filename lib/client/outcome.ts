import type { WaxsealError } from '../wire/errors.ts';
import type { JsonObject } from '../wire/strict-json.ts';

/** What to do about a refusal: nothing, ask again later, or ask with another pin. */
export type Remedy = 'none' | 'later' | 'next-pin';

/** What came of one request. */
export type Outcome =
  | { readonly envelope: JsonObject; readonly requestId: string | undefined }
  | { readonly refusal: WaxsealError; readonly remedy: Remedy };
