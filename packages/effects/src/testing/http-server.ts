import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A real HTTP server on a port of its own, which remembers what it received. */
export interface TestServer {
  readonly port: number;
  /** `http://127.0.0.1:…` */
  readonly origin: string;
  readonly received: Received[];
  /** Connections ever made. */
  readonly connections: number;
  /** Connections that are open. */
  readonly open: number;
  /** Resolves when no connection is open. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

export type Handler = (request: Received, response: ServerResponse, incoming: IncomingMessage) => void;

export async function startServer(handler: Handler): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const received: Received[] = [];
  const waiting: (() => void)[] = [];
  let connections = 0;
  const server = createServer(async (incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    try {
      const request = { method, url, headers, body: await text(incoming) };
      received.push(request);
      handler(request, response, incoming);
    } catch {
      // the client went away in the middle of its request
      response.destroy();
    }
  });
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) for (const resolve of waiting.splice(0)) resolve();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    received,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    drained: () => new Promise((resolve) => (sockets.size === 0 ? resolve() : waiting.push(resolve))),
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
