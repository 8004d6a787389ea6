// The thin server behind health.ts: plain HTTP on all addresses of the node. It refuses to know what it answers.
import { once } from "node:events";
import { createServer } from "node:http";
import type { ListenHealth } from "./health.ts";

export const listenHealth: ListenHealth = async (port, answer) => {
  const server = createServer((_request, response) => {
    const { status, headers, body } = answer();
    // No connection is kept: the port may close at any moment.
    response.writeHead(status, { ...headers, Connection: "close" }).end(body);
  });
  server.listen(port, "0.0.0.0");
  // Rejects with the error if that comes first.
  await once(server, "listening");
  return {
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
