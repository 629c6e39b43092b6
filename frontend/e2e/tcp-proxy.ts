/** A TCP proxy between browser and service, to interrupt their connection. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface TcpProxy {
  address: string;
  /** Closes all connections and refuses new ones until `restore`. */
  cut: () => void;
  restore: () => void;
  close: () => Promise<void>;
}

export async function startProxy(address: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(address);
  const open = new Set<Socket>();
  let connected = true;
  const server = createServer((near) => {
    if (!connected) {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const sever = () => open.forEach((socket) => socket.destroy());
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      connected = false;
      sever();
    },
    restore: () => {
      connected = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        sever();
      }),
  };
}
