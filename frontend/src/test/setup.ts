import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/react";
import { afterAll, afterEach, beforeAll } from "vitest";
import { server } from "./server";

// What jsdom leaves out and components ask for: it has no layout.
window.matchMedia = (query) => ({
  matches: false,
  media: query,
  onchange: null,
  addListener: () => undefined,
  removeListener: () => undefined,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  dispatchEvent: () => false,
});
window.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
Object.defineProperty(HTMLElement.prototype, "offsetHeight", { configurable: true, value: 40 });
Object.defineProperty(Element.prototype, "clientHeight", { configurable: true, value: 800 });
Object.defineProperty(Element.prototype, "clientWidth", { configurable: true, value: 1200 });
HTMLElement.prototype.scrollIntoView = () => undefined;

// A call that no test foresaw is a mistake, not a network access.
beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  cleanup();
  server.resetHandlers();
});
afterAll(() => server.close());
