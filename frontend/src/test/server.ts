import { setupServer } from "msw/node";
import { handlers } from "./handlers";

/** The service as tests see it; each adds what it expects by `server.use(…)`. */
export const server = setupServer(...handlers);
