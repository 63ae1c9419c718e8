import type { Frame } from '../protocol/dialect.ts';

/** Cuts a stream's bytes into frames, however they are split into packets. */
export interface FrameReader {
  /** The frames completed by these bytes. @throws GatewayError `malformed` beyond the frame limit */
  push(bytes: Uint8Array): Frame[];
  /** What was left when the stream ended. */
  end(): Frame[];
  /** True when no frame is half read: only then may foreign bytes be put into a relayed stream. */
  readonly between: boolean;
  /** How many of the bytes just pushed end with a whole frame; perhaps fewer, when its end is split over two pushes. */
  whole(bytes: Uint8Array): number;
}
