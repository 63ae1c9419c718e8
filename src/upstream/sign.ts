/** What of a request is signed. */
export interface Signable {
  method: string;
  origin: string;
  /** Path and query, as they go over the wire. */
  path: string;
  body?: Buffer | string;
}

/** The headers that authenticate one request, flat. @throws GatewayError when there is no credential to be had */
export type Sign = (request: Signable) => Promise<string[]>;
