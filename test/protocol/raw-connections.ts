/** Connections to the ports of a kernel that do not, or not for long, speak ZeroMQ's protocol (ZMTP 3.1, rfc.zeromq.org/spec/37). */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Random } from "./random.js";

const GREETING = Buffer.concat([
  Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]),
  Buffer.from("NULL".padEnd(20, "\0")),
  Buffer.alloc(32),
]);

/** A frame as it is on the wire; `length` may be another than that of its body. */
function frame(flags: number, body: Buffer, length = BigInt(body.length)): Buffer {
  const header = Buffer.alloc(9);
  header[0] = flags | 0x02; // with a length of 8 bytes
  header.writeBigUInt64BE(length, 1);
  return Buffer.concat([header, body]);
}

function ready(socketType: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(socketType.length);
  return frame(0x04, Buffer.concat([Buffer.from("\x05READY\x0bSocket-Type"), length, Buffer.from(socketType)]));
}

/** What is written to a port. */
function garbage(random: Random): Buffer {
  const handshake = Buffer.concat([GREETING, ready(random.pick(["DEALER", "SUB", "REQ", "PAIR", "nonsense", ""]))]);
  return random.pick([
    () => random.bytes(random.below(500)),
    () => Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    () => GREETING.subarray(0, random.below(GREETING.length)),
    () => Buffer.concat([GREETING, random.bytes(random.below(200))]),
    () => Buffer.concat([Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, random.below(4)]), random.bytes(100)]),
    () => Buffer.concat([handshake, random.bytes(random.below(500))]),
    // Frames that are announced as far larger than any memory, or than what follows.
    () => Buffer.concat([handshake, frame(0, Buffer.from("short"), random.pick([2n ** 33n, 2n ** 40n, 2n ** 62n, 2n ** 64n - 1n]))]),
    () => Buffer.concat([handshake, frame(0x04, random.bytes(random.below(50)))]),
    () => Buffer.concat([handshake, ...Array.from({ length: 50 }, () => frame(0x01, random.bytes(5)))]),
  ])();
}

/** Writes garbage to one of `ports`; returns the socket while it is open. */
export async function connectRaw(random: Random, ports: readonly number[]): Promise<Socket> {
  const socket = connect(random.pick(ports), "127.0.0.1");
  socket.on("error", () => undefined); // the kernel may close it at any time, which is right
  socket.resume();
  await once(socket, "connect");
  socket.write(garbage(random));
  return socket;
}
