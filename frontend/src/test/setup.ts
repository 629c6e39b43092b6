import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, vi } from "vitest";
import { server } from "./server";

// On a machine that is busy with other tests, a first render takes longer than the libraries' one second.
const PATIENCE = 10_000;
configure({ asyncUtilTimeout: PATIENCE });

// Vitest has no setting for it. Files share a worker, so that each puts back what it found.
const { waitFor } = vi;
vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === "number" ? options : { timeout: PATIENCE, ...options });
afterAll(() => {
  vi.waitFor = waitFor;
});

// jsdom has no layout: these stand in for what components ask of it.
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
// Text areas that grow with their text wait for fonts.
Object.defineProperty(document, "fonts", { configurable: true, value: new EventTarget() });

// A call that the test does not handle fails instead of reaching the network.
beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  cleanup();
  server.resetHandlers();
});
afterAll(() => server.close());
