/** When a page has come to rest, which is when it can be measured: what is asked has been answered, and what is answered is drawn. */
import { expect, type Page, type Request } from "@playwright/test";

/** What each watched page waits for. */
const awaited = new WeakMap<Page, Set<Request>>();

/** Counts from now on what the page asks for. A stream of events never ends: it is awaited until it stands. */
export function watchRequests(page: Page): void {
  if (awaited.has(page)) return;
  const open = new Set<Request>();
  const close = (request: Request) => open.delete(request);
  page.on("request", (request) => open.add(request));
  page.on("requestfinished", close);
  page.on("requestfailed", close);
  page.on("response", (response) => {
    if (response.headers()["content-type"]?.startsWith("text/event-stream")) close(response.request());
  });
  awaited.set(page, open);
}

/** Waits until two frames have been drawn: the first after what has been asked for before, the second after its effects. */
export const drawn = (page: Page): Promise<void> =>
  page.evaluate(
    () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))),
  );

/** Waits until a watched page awaits no answer, and has drawn those it got: an answer may have it ask for more. */
export async function settled(page: Page): Promise<void> {
  const open = awaited.get(page);
  if (!open) throw new Error("The page's requests are not watched: call watchRequests before it is opened.");
  const asked = () => [...open].map((request) => `${request.method()} ${request.url()}`);
  await expect(async () => {
    expect(asked()).toEqual([]);
    await drawn(page);
    expect(asked()).toEqual([]);
  }).toPass({ timeout: 30_000, intervals: [20, 50, 100, 250] });
}
