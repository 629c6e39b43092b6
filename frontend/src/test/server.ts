import { setupServer } from "msw/node";
import { handlers } from "./handlers";

/** The mocked service: a test adds the handlers that it needs with `server.use(…)`. */
export const server = setupServer(...handlers);
