// A guard between a socket and its MQTT parser: how large a packet may be, and when more may be read.
import type { Socket } from "node:net";

/** What the guard asks and tells. */
export interface PacketGuardOptions {
  /** The first packet (CONNECT) comes from somebody unknown and is small. */
  readonly maxFirstBytes: number;
  /** Every later packet. */
  readonly maxBytes: number;
  /** False while enough is in work: what else arrives stays in the kernel, and the sender waits. */
  readonly mayRead: () => boolean;
  /** A fixed header announced more than is allowed: the socket is being closed. */
  readonly onOversize: (announcedBytes: number) => void;
}

/** MQTT 3.1.1 §2.2.3: the remaining length has at most four bytes. */
const maxLengthBytes = 4;

/**
 * Watches every chunk on its way to the parser, which would else gather up to 256 MiB before it looks.
 * Aedes pulls with `read()`, so that is where the guard stands: a stream in between would copy every byte
 * through a second buffer, and a second reader would take the bytes away.
 */
export function guardPackets(socket: Socket, options: PacketGuardOptions): void {
  const announce = createLengthReader();
  const read = socket.read.bind(socket);
  let isFirst = true;
  socket.read = (size?: number): unknown => {
    // With nothing in work there is nothing that would ask again, so a pause is only ever made while there is.
    if (!options.mayRead()) return null;
    const chunk: unknown = read(size);
    if (!(chunk instanceof Uint8Array)) return chunk;
    for (const announced of announce(chunk)) {
      if (announced > (isFirst ? options.maxFirstBytes : options.maxBytes)) {
        options.onOversize(announced);
        socket.destroy();
        return null;
      }
      isFirst = false;
    }
    return chunk;
  };
}

/** Reads the announced lengths of the packets that begin in each chunk; Infinity for a length that never ends. */
function createLengthReader(): (chunk: Uint8Array) => readonly number[] {
  let bodyLeft = 0;
  // -1: the next byte is a packet's first; 0…3: so many bytes of the length have been read.
  let lengthBytes = -1;
  let length = 0;
  return (chunk) => {
    const announced: number[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (bodyLeft > 0) {
        const skipped = Math.min(bodyLeft, chunk.length - at);
        bodyLeft -= skipped;
        at += skipped;
        continue;
      }
      const byte = chunk[at++] ?? 0;
      if (lengthBytes === -1) {
        lengthBytes = 0;
        length = 0;
        continue;
      }
      length += (byte & 0x7f) * 128 ** lengthBytes;
      lengthBytes++;
      if ((byte & 0x80) === 0) {
        announced.push(length);
        bodyLeft = length;
        lengthBytes = -1;
      } else if (lengthBytes === maxLengthBytes) {
        return [...announced, Infinity];
      }
    }
    return announced;
  };
}
