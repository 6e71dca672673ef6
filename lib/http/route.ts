import type { UnverifiedRequest } from '../admission/request.ts';
import type { RequestShapes } from '../wire/requests.ts';

/** A request as a route's operation takes it: parsed, with the members of its own as the question. */
export type RoutedAsk = UnverifiedRequest & { readonly question: object };

/**
 * One operation that a plane offers: how its requests look, what answers them, and with what. An app serves a table of them,
 * each at `POST /v1/<its name in the table>`.
 */
export interface Route<Plane, Ask extends RoutedAsk = RoutedAsk, Result extends object = object>
  extends RequestShapes<Ask['question']> {
  /** `typ` of its answers; with `.request` appended, of its sealed requests. */
  readonly typ: string;
  /** Answers a request. The result's members go into the envelope. */
  run(plane: Plane, ask: Ask): Promise<Result>;
  /** For the OpenAPI document: what the operation is for, and what its envelope holds besides `typ` and `request`. */
  readonly summary: string;
  readonly envelope: string;
}

/** The routes of one app, by operation. */
export type RouteTable<Plane> = Readonly<Record<string, Route<Plane>>>;
