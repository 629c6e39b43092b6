import { expect, it } from "vitest";
import { allPages, byCursor, itemsOf } from "./pages";

const pages = new Map([
  [undefined, { items: ["a", "b"], next_cursor: "2", read_at: "12:00" }],
  ["2", { items: ["c"], next_cursor: null, read_at: "12:01" }],
]);
const read = (cursor: string | undefined) => Promise.resolve(pages.get(cursor as undefined)!);

it("reads pages until one names no next page, and keeps the last page's other fields", async () =>
  expect(await allPages(read)).toEqual({ items: ["a", "b", "c"], next_cursor: null, read_at: "12:01" }));

it("gives an infinite query the cursor of the next page, and undefined at the end", () =>
  expect([...pages.values()].map(byCursor.getNextPageParam)).toEqual(["2", undefined]));

it("joins the items of the pages read so far", () => {
  expect(itemsOf({ pages: [...pages.values()] })).toEqual(["a", "b", "c"]);
  expect(itemsOf(undefined)).toBeUndefined();
});
